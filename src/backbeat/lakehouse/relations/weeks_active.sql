-- The weeks in which each known customer had a session.
with
weekly as (
  select customer_key, cast(date_trunc('week', activity_date) as date) as week
  from gold.customer_day
  where sessions > 0
  group by customer_key, cast(date_trunc('week', activity_date) as date)
)
select weekly.customer_key, weekly.week
from weekly
join known_customers on known_customers.customer_key = weekly.customer_key
