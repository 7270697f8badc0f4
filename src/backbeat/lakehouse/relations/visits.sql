-- The days on which each known customer had a session.
select known_customers.customer_id, days.customer_key, days.activity_date
from gold.customer_day as days
join known_customers on known_customers.customer_key = days.customer_key
where days.sessions > 0
