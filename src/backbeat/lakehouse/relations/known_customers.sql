-- Everyone a customer metric may count. A session of somebody who is not here stays in silver and counts nowhere else.
select
  customer_id, signed_up_at, country,
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key
from silver.customers
where customer_id not in (select customer_id from gold.excluded_customers)
