select
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key,
  row_number() over (
    partition by customer_id order by effective_start_at, effective_end_at nulls last) as period_number,
  cast(convert_timezone('UTC', :timezone, cast(effective_start_at as timestamp_ntz)) as date) as from_date,
  cast(convert_timezone('UTC', :timezone, cast(effective_end_at as timestamp_ntz)) as date) as last_date
from paid_subscriptions
