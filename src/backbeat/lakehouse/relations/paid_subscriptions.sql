-- What counts in paid_share: a paid plan, neither cancelled nor failed as far as its status says.
select customer_id, effective_start_at, effective_end_at
from classified_subscriptions
where is_paid
  and (status is null or status in ('active', 'trialing'))
  and (effective_end_at is null or effective_end_at >= effective_start_at)
