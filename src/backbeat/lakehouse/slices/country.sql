-- Where the customer lives, as registered.
select customer_id, coalesce(country, 'unknown') as slice_value
from known_customers
