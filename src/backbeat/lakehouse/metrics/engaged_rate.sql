select customer_id, sessions >= :threshold as in_numerator
from active_customers
