-- Each step asks for the ones before, so a customer's steps are the days of the longest unbroken run from the first.
with
joined as (
  select
    customers.customer_id, customers.joined_date, months.month as cohort_month, months.next_month,
    customers.country, coalesce(plan_days.plan, 'free') as plan
  from joined_customers as customers
  join months on months.month = cast(date_trunc('month', customers.joined_date) as date)
  left join plan_days
    on plan_days.customer_id = customers.customer_id
    and plan_days.from_date < months.next_month
    and (plan_days.to_date is null or plan_days.to_date >= months.next_month)
),
came as (
  select joined.customer_id, datediff(visits.activity_date, joined.joined_date) as day
  from joined
  join visits
    on visits.customer_id = joined.customer_id
    and visits.activity_date between joined.joined_date and joined.joined_date + 28
),
activated as (
  select customer_id, min(day) as day
  from came
  where day <= 7
  group by customer_id
),
later as (
  select customer_id, day, row_number() over (partition by customer_id order by day) as nth
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
),
reached as (
  select
    joined.cohort_month, joined.country, joined.plan,
    activated.day as activated,
    case when activated.day is not null then later.day end as habitual,
    case when activated.day is not null and later.day is not null then paid.day end as paid
  from joined
  left join activated on activated.customer_id = joined.customer_id
  left join later on later.customer_id = joined.customer_id and later.nth = 3
  left join paid on paid.customer_id = joined.customer_id
),
sliced as (
  select cohort_month, 'all' as slice, 'all' as slice_value, activated, habitual, paid from reached
  union all
  select cohort_month, 'country' as slice, country as slice_value, activated, habitual, paid from reached
  union all
  select cohort_month, 'plan' as slice, plan as slice_value, activated, habitual, paid from reached
),
totals as (
  select
    cohort_month, slice, slice_value, count(*) as signed_up,
    count(activated) as activated, median(activated) as activated_after,
    count(habitual) as habitual, median(habitual) as habitual_after,
    count(paid) as paid, median(paid) as paid_after
  from sliced
  group by cohort_month, slice, slice_value
),
steps as (
  select cohort_month, slice, slice_value, signed_up, 'signed_up' as step, signed_up as customers, 0 as median_days from totals
  union all
  select cohort_month, slice, slice_value, signed_up, 'activated' as step, activated as customers, activated_after as median_days
  from totals
  union all
  select cohort_month, slice, slice_value, signed_up, 'habitual' as step, habitual as customers, habitual_after as median_days
  from totals
  union all
  select cohort_month, slice, slice_value, signed_up, 'paid' as step, paid as customers, paid_after as median_days from totals
)
select
  steps.cohort_month,
  step,
  customers,
  cast(customers as double) / signed_up as rate_from_start,
  cast(median_days as double) as median_days,
  case when months.next_month + 90 <= :final_date then 'final' else 'provisional' end as status,
  slice,
  slice_value
from steps
join months on months.month = steps.cohort_month
