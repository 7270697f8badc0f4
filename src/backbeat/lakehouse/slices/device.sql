-- The device of most sessions in the window, ties by name.
with
totals as (
  select customer_id, device, sum(sessions) as sessions
  from gold.customer_device_day
  where activity_date between :from and :to
  group by customer_id, device
),
ranked as (
  select customer_id, device, row_number() over (partition by customer_id order by sessions desc, device) as nth
  from totals
)
select customer_id, device as slice_value
from ranked
where nth = 1
