-- Everyone a customer metric may count. A session of somebody who is not here stays in silver and counts nowhere else.
select customer_id, signed_up_at, country
from silver.customers
where customer_id not in (select customer_id from gold.excluded_customers)
