with
counted as (
  select month, country, plan, is_paying, count(*) as customers
  from feature_members
  group by month, country, plan, is_paying
),
parts as (
  select every_feature.feature, counted.month, counted.country, counted.plan,
    counted.customers as eligible, 0 as adopters, 0 as uses, cast(null as bigint) as days_to_adopt
  from counted
  join features_known as every_feature on counted.is_paying or not every_feature.is_for_paid
  union all
  select feature, month, country, plan, 0 as eligible, count(*) as adopters, sum(uses) as uses, null as days_to_adopt
  from feature_adopters
  group by feature, month, country, plan
  union all
  select feature, month, country, plan, 0 as eligible, 0 as adopters, 0 as uses, days_to_adopt
  from feature_adopters
  where days_to_adopt is not null
),
sliced as (
  select feature, month, 'all' as slice, 'all' as slice_value, eligible, adopters, uses, days_to_adopt from parts
  union all
  select feature, month, 'country' as slice, country as slice_value, eligible, adopters, uses, days_to_adopt from parts
  union all
  select feature, month, 'plan' as slice, plan as slice_value, eligible, adopters, uses, days_to_adopt from parts
  union all
  select every_feature.feature, months.month, 'all' as slice, 'all' as slice_value, 0 as eligible, 0 as adopters, 0 as uses, null as days_to_adopt
  from features_known as every_feature
  cross join months
)
select
  feature,
  month,
  cast(sum(eligible) as bigint) as eligible,
  cast(sum(adopters) as bigint) as adopters,
  case when sum(eligible) > 0 then cast(sum(adopters) as double) / sum(eligible) end as adoption_rate,
  case when sum(adopters) > 0 then cast(sum(uses) as double) / sum(adopters) end as uses_per_adopter,
  cast(median(days_to_adopt) as double) as median_days_to_adopt,
  slice,
  slice_value
from sliced
group by feature, month, slice, slice_value
