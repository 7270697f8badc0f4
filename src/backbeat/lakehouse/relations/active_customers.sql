-- An active customer is a known one with at least one session in the window.
with
counted as (
  select customer_key, cast(sum(sessions) as bigint) as sessions
  from gold.customer_day
  where activity_date between :from and :to
  group by customer_key
  having sum(sessions) > 0
)
select known_customers.customer_id, counted.sessions
from counted
join known_customers on known_customers.customer_key = counted.customer_key
