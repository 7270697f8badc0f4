select customer_key, activity_date, device, sessions
from gold.customer_device_day
