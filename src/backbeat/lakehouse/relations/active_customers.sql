-- An active customer is a known one with at least one session in the window.
with
counted as (
  select customer_id, cast(sum(sessions) as bigint) as sessions
  from gold.customer_day
  where activity_date between :from and :to
  group by customer_id
  having sum(sessions) > 0
)
select counted.customer_id, counted.sessions
from counted
join known_customers on known_customers.customer_id = counted.customer_id
