-- An active customer is a known one with at least one session in the window.
select days.customer_id, cast(sum(days.sessions) as bigint) as sessions
from gold.customer_day as days
join known_customers on known_customers.customer_id = days.customer_id
where days.activity_date between :from and :to
group by days.customer_id
having sum(days.sessions) > 0
