-- Straight from silver, by the definition's words: of the subscriptions that hold the last instant the latest one counts.
with
known as (
  select customers.customer_id, customers.signed_up_at
  from silver.customers as customers
  left join gold.excluded_customers as excluded on excluded.customer_id = customers.customer_id
  where excluded.customer_id is null
),
came as (
  select distinct known.customer_id
  from known
  join silver.sessions as sessions on sessions.customer_id = known.customer_id
  where sessions.started_at >= :from_at and sessions.started_at < :to_at
),
last_plans as (
  select
    customer_id, subscription_type, amount_paid, status,
    row_number() over (
      partition by customer_id order by effective_start_at desc, subscription_id desc nulls last) as nth
  from silver.subscriptions
  where effective_start_at < :to_at
    and (effective_end_at is null or unix_micros(effective_end_at) >= unix_micros(:to_at) - 1)
),
paying as (
  select customer_id
  from last_plans
  where nth = 1
    and not coalesce(lower(trim(status)) = 'trialing' or subscription_type ilike '%trial%', false)
    and (nullif(trim(subscription_type), '') is null and amount_paid > 0
      or nullif(trim(subscription_type), '') is not null and not subscription_type ilike '%free%')
)
select
  count(*) filter (where customer_id in (select customer_id from paying)) as numerator,
  count(*) as denominator
from came
