-- Plans by local days. The plan just before the day D begins is the one with from_date < D and to_date >= D, or null.
select
  customer_id, plan, state, valid_from, valid_to,
  cast(convert_timezone('UTC', :timezone, cast(valid_from as timestamp_ntz)) as date) as from_date,
  cast(convert_timezone('UTC', :timezone, cast(valid_to as timestamp_ntz)) as date) as to_date
from gold.plan_periods
