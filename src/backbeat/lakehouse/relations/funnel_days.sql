-- Known customers by the month they joined, and after how many days they took each step: null where one before is missing.
with
joined as (
  select
    customers.customer_id, customers.customer_key, customers.joined_date, months.month as cohort_month, months.next_month,
    customers.country, coalesce(plan_days.plan, 'free') as plan
  from joined_customers as customers
  join months on months.month = cast(date_trunc('month', customers.joined_date) as date)
  left join plan_days
    on plan_days.customer_id = customers.customer_id
    and plan_days.from_date < months.next_month
    and (plan_days.to_date is null or plan_days.to_date >= months.next_month)
),
came as (
  select visits.customer_key, datediff(visits.activity_date, joined.joined_date) as day
  from joined
  join visits
    on visits.customer_key = joined.customer_key
    and visits.activity_date between joined.joined_date and joined.joined_date + 28
),
activated as (
  select customer_key, min(day) as day
  from came
  where day <= 7
  group by customer_key
),
later as (
  select customer_key, day, row_number() over (partition by customer_key order by day) as nth
  from came
  where day >= 8
),
paid as (
  select joined.customer_id, min(datediff(cover_days.from_date, joined.joined_date)) as day
  from joined
  join cover_days
    on cover_days.customer_id = joined.customer_id
    and cover_days.state = 'paid'
    and cover_days.from_date between joined.joined_date and joined.joined_date + 90
  group by joined.customer_id
)
select
  joined.customer_key, joined.cohort_month, joined.country, joined.plan,
  activated.day as activated,
  case when activated.day is not null then later.day end as habitual,
  case when activated.day is not null and later.day is not null then paid.day end as paid
from joined
left join activated on activated.customer_key = joined.customer_key
left join later on later.customer_key = joined.customer_key and later.nth = 3
left join paid on paid.customer_id = joined.customer_id
