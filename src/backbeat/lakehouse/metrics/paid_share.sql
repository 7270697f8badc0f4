with
paying as (
  select distinct customer_id
  from paid_subscriptions
  where effective_start_at < :to_at and (effective_end_at is null or effective_end_at >= :from_at)
)
select active_customers.customer_id, paying.customer_id is not null as in_numerator
from active_customers
left join paying on paying.customer_id = active_customers.customer_id
