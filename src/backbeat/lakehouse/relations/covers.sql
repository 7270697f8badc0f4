-- Subscriptions that cover an instant at least, with plan and state: [covers_from, covers_to), null while they run.
select
  customer_id, subscription_id, effective_start_at as covers_from, effective_end_at as last_covered_at,
  timestamp_micros(unix_micros(effective_end_at) + 1) as covers_to,
  coalesce(subscription_type, 'unknown') as plan,
  case when is_trial then 'trial' when is_paid then 'paid' else 'free' end as state
from classified_subscriptions
where effective_end_at is null or effective_end_at >= effective_start_at
