-- What people choose from: every value that a slice can have in any window, and `other`, which small groups are merged as.
with
found as (
  select slice, slice_value from gold.kpis where slice <> 'all'
  union
  select 'country' as slice, coalesce(country, 'unknown') as slice_value from known_customers
  union
  select 'plan' as slice, plan as slice_value from gold.plan_periods
  union
  select 'device' as slice, device as slice_value from gold.customer_device_day
),
named as (
  select slice, slice_value from found
  union
  select slice, explode(array('unknown', 'free', 'other')) as slice_value from (select distinct slice from gold.kpis where slice <> 'all')
)
select slice, slice_value
from named
where slice_value <> 'free' or slice = 'plan'
