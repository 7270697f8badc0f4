select
  customer_key,
  country,
  cast(convert_timezone('UTC', :timezone, cast(signed_up_at as timestamp_ntz)) as date) as signed_up_date
from known_customers
