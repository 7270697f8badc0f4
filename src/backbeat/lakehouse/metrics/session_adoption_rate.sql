select registered_customers.customer_id, active_customers.customer_id is not null as in_numerator
from registered_customers
left join active_customers on active_customers.customer_id = registered_customers.customer_id
