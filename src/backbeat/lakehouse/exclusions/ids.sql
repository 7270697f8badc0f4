-- The customers themselves.
select customer_id, cast(null as date) as since
from silver.customers
where array_contains(:given, customer_id)
