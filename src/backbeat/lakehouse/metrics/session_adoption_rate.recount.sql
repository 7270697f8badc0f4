-- Straight from silver, by the definition's words.
with
known as (
  select customers.customer_id, customers.signed_up_at
  from silver.customers as customers
  left join gold.excluded_customers as excluded on excluded.customer_id = customers.customer_id
  where excluded.customer_id is null
),
first_starts as (
  select customer_id, min(started_at) as first_at
  from silver.sessions
  group by customer_id
),
came as (
  select distinct customer_id
  from silver.sessions
  where started_at >= :from_at and started_at < :to_at
)
select
  count(*) filter (where came.customer_id is not null) as numerator,
  count(*) as denominator
from known
left join first_starts on first_starts.customer_id = known.customer_id
left join came on came.customer_id = known.customer_id
where known.signed_up_at is null or known.signed_up_at < :to_at or first_starts.first_at < :to_at
