-- What customers can do (features.yml), a row per feature and event type that shows it.
select
  element_at(:feature_names, nth) as feature,
  element_at(:feature_types, nth) as event_type,
  array_contains(:paid_features, element_at(:feature_names, nth)) as is_for_paid
from (select explode(sequence(1, size(:feature_types))) as nth)
