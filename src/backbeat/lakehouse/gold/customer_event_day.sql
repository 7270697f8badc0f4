select customer_id, event_date as activity_date, event_type, count(*) as uses
from silver.events
where event_type is not null
group by customer_id, event_date, event_type
