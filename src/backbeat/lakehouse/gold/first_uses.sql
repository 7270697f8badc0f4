select customer_id, event_type, min(event_date) as first_date
from silver.events
where event_type is not null
group by customer_id, event_type
