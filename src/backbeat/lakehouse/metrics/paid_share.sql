with
paying as (
  select distinct customer_id
  from classified_subscriptions
  where is_paid
    and (status is null or status in ('active', 'trialing'))
    and effective_start_at < :to_at
    and (effective_end_at is null or effective_end_at >= :from_at)
    and (effective_end_at is null or effective_end_at >= effective_start_at)
)
select active_customers.customer_id, paying.customer_id is not null as in_numerator
from active_customers
left join paying on paying.customer_id = active_customers.customer_id
