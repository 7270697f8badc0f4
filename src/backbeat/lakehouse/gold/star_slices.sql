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
asked as (
  select distinct slice from gold.kpis where slice <> 'all'
)
select slice, slice_value from found
union
select slice, explode(array('unknown', 'other')) as slice_value from asked
union
select slice, 'free' as slice_value from asked where slice = 'plan'
