-- Known customers active in a month, with country and the plan at its last instant, and whether they pay in it.
with
paid_days as (
  select
    customer_id,
    cast(convert_timezone('UTC', :timezone, cast(effective_start_at as timestamp_ntz)) as date) as from_date,
    cast(convert_timezone('UTC', :timezone, cast(effective_end_at as timestamp_ntz)) as date) as last_date
  from paid_subscriptions
),
paying as (
  select distinct paid_days.customer_id, months.month
  from paid_days
  join months
    on paid_days.from_date < months.next_month
    and (paid_days.last_date is null or paid_days.last_date >= months.month)
),
active as (
  select customer_key, cast(date_trunc('month', activity_date) as date) as month
  from visits
  group by customer_key, cast(date_trunc('month', activity_date) as date)
)
select
  customers.customer_id, customers.customer_key, active.month, paying.customer_id is not null as is_paying,
  customers.joined_date, customers.country, coalesce(plan_days.plan, 'free') as plan
from active
join months on months.month = active.month
join joined_customers as customers on customers.customer_key = active.customer_key
left join paying on paying.customer_id = customers.customer_id and paying.month = active.month
left join plan_days
  on plan_days.customer_id = customers.customer_id
  and plan_days.from_date < months.next_month
  and (plan_days.to_date is null or plan_days.to_date >= months.next_month)
