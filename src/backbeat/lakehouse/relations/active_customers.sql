-- An active customer is a known one with at least one session in the window.
with
totals as (
  select customer_id, sum(sessions) as sessions
  from gold.customer_day
  where activity_date between :from and :to
  group by customer_id
)
select totals.customer_id, cast(totals.sessions as bigint) as sessions
from totals
join known_customers on known_customers.customer_id = totals.customer_id
where totals.sessions > 0
