-- The weeks in which each known customer had a session.
select customer_id, cast(date_trunc('week', activity_date) as date) as week
from visits
group by customer_id, cast(date_trunc('week', activity_date) as date)
