-- The plan at the window's last instant; nobody's subscription covering it means free.
select known_customers.customer_id, coalesce(periods.plan, 'free') as slice_value
from known_customers
left join gold.plan_periods as periods
  on periods.customer_id = known_customers.customer_id
  and periods.valid_from < :to_at
  and (periods.valid_to is null or periods.valid_to >= :to_at)
