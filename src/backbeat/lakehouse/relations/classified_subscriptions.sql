-- Subscriptions of known customers: paid by their type, or by what was paid where the type says nothing; and trials.
select
  subscriptions.customer_id,
  subscriptions.subscription_id,
  subscriptions.effective_start_at,
  subscriptions.effective_end_at,
  subscriptions.subscription_type,
  lower(trim(subscriptions.status)) as status,
  case when trim(coalesce(subscriptions.subscription_type, '')) = '' then coalesce(subscriptions.amount_paid, 0) > 0
       else lower(subscriptions.subscription_type) not like '%free%' end as is_paid,
  coalesce(lower(trim(subscriptions.status)) = 'trialing', false)
    or coalesce(lower(subscriptions.subscription_type) like '%trial%', false) as is_trial
from silver.subscriptions as subscriptions
join known_customers on known_customers.customer_id = subscriptions.customer_id
