-- The same by local days: the first and the last it covers, and the one that begins or goes on without it.
select
  customer_id, subscription_id, covers_from, covers_to, plan, state,
  cast(convert_timezone('UTC', :timezone, cast(covers_from as timestamp_ntz)) as date) as from_date,
  cast(convert_timezone('UTC', :timezone, cast(last_covered_at as timestamp_ntz)) as date) as last_date,
  cast(convert_timezone('UTC', :timezone, cast(covers_to as timestamp_ntz)) as date) as to_date
from covers
