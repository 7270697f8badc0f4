-- Straight from silver, by the definition's words, on the window's last day.
with
known as (
  select customers.customer_id, customers.signed_up_at
  from silver.customers as customers
  left join gold.excluded_customers as excluded on excluded.customer_id = customers.customer_id
  where excluded.customer_id is null
)
select
  count(distinct case when sessions.session_date = :to then known.customer_id end) as numerator,
  count(distinct known.customer_id) as denominator
from known
join silver.sessions as sessions on sessions.customer_id = known.customer_id
where sessions.session_date between :to - 27 and :to
