-- Whoever had a subscription of such a type, in whatever case, from the day the first one began.
select
  customer_id,
  cast(convert_timezone('UTC', :timezone, cast(effective_start_at as timestamp_ntz)) as date) as since
from silver.subscriptions
where array_contains(transform(:given, plan -> lower(trim(plan))), lower(trim(subscription_type)))
