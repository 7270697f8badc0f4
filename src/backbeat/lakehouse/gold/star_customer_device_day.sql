select
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key,
  activity_date, device, sessions
from gold.customer_device_day
