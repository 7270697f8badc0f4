-- Straight from silver, by the definition's words.
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
paying as (
  select customer_id
  from silver.subscriptions
  where (nullif(trim(subscription_type), '') is null and amount_paid > 0
      or nullif(trim(subscription_type), '') is not null and not subscription_type ilike '%free%')
    and coalesce(lower(trim(status)), 'active') in ('active', 'trialing')
    and coalesce(effective_end_at, cast('9999-12-31' as timestamp)) >= greatest(effective_start_at, :from_at)
    and effective_start_at < :to_at
)
select
  count(*) filter (where customer_id in (select customer_id from paying)) as numerator,
  count(*) as denominator
from came
