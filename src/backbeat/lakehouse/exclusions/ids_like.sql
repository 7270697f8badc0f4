-- Customers by a pattern that their ids match.
select customers.customer_id, cast(null as date) as since
from silver.customers as customers
join (select explode(:given) as pattern) as patterns on customers.customer_id like patterns.pattern
