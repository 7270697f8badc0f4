-- The device of most sessions in the window, ties by name.
with
totals as (
  select customer_key, device, sum(sessions) as sessions
  from gold.customer_device_day
  where activity_date between :from and :to
  group by customer_key, device
),
most_used as (
  select customer_key, min_by(device, struct(-sessions, device)) as device
  from totals
  group by customer_key
)
select known_customers.customer_id, most_used.device as slice_value
from most_used
join known_customers on known_customers.customer_key = most_used.customer_key
