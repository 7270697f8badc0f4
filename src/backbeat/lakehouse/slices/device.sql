-- The device of most sessions in the window, ties by name.
with
totals as (
  select customer_id, device, sum(sessions) as sessions
  from gold.customer_device_day
  where activity_date between :from and :to
  group by customer_id, device
)
select customer_id, min_by(device, struct(-sessions, device)) as slice_value
from totals
group by customer_id
