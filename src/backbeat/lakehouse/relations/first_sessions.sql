-- The first day on which each customer, known or not, had a session.
select customer_id, min(activity_date) as first_date
from gold.customer_day
where sessions > 0
group by customer_id
