-- The days on which each known customer had a session.
select days.customer_id, days.activity_date
from gold.customer_day as days
join known_customers on known_customers.customer_id = days.customer_id
where days.sessions > 0
