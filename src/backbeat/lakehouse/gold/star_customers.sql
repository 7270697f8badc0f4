select
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key,
  country,
  cast(convert_timezone('UTC', :timezone, cast(signed_up_at as timestamp_ntz)) as date) as signed_up_date
from known_customers
