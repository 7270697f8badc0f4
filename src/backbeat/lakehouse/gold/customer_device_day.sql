select
  customer_id,
  session_date as activity_date,
  coalesce(device, 'unknown') as device,
  count(*) as sessions
from silver.sessions
group by customer_id, session_date, coalesce(device, 'unknown')
