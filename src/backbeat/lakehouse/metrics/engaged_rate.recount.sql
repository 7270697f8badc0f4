-- Straight from silver, by the definition's words.
with
known as (
  select customers.customer_id, customers.signed_up_at
  from silver.customers as customers
  left join gold.excluded_customers as excluded on excluded.customer_id = customers.customer_id
  where excluded.customer_id is null
),
counted as (
  select known.customer_id, count(distinct sessions.session_id) as sessions
  from known
  join silver.sessions as sessions on sessions.customer_id = known.customer_id
  where sessions.started_at >= :from_at and sessions.started_at < :to_at
  group by known.customer_id
)
select count(*) filter (where sessions >= :threshold) as numerator, count(*) as denominator
from counted
