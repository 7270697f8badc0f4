-- Every feature, listed in features.yml or found as an event type.
select distinct feature, is_for_paid
from gold.feature_types
