with
counted as (
  select customer_id, session_date as activity_date, coalesce(device, 'unknown') as device, count(*) as sessions
  from silver.sessions
  group by customer_id, session_date, coalesce(device, 'unknown')
)
select
  customer_id, activity_date, device, sessions,
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key
from counted
