select active_customers.customer_id, periods.customer_id is not null as in_numerator
from active_customers
left join gold.plan_periods as periods
  on periods.customer_id = active_customers.customer_id
  and periods.state = 'paid'
  and periods.valid_from < :to_at
  and (periods.valid_to is null or periods.valid_to >= :to_at)
