select customer_id, event_type, min(activity_date) as first_date
from gold.customer_event_day
group by customer_id, event_type
