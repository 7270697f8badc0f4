select
  members.customer_key,
  features_known.feature,
  members.month,
  cast(1 as bigint) as eligible,
  cast(case when adopters.customer_id is not null then 1 else 0 end as bigint) as adopters,
  cast(adopters.uses as double) as uses_per_adopter,
  cast(adopters.days_to_adopt as double) as median_days_to_adopt
from feature_members as members
join features_known on members.is_paying or not features_known.is_for_paid
left join feature_adopters as adopters
  on adopters.customer_id = members.customer_id
  and adopters.month = members.month
  and adopters.feature = features_known.feature
