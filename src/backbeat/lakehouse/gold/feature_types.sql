-- Those of features.yml; and every other type that a known customer had an event of is a feature by its own name.
select feature, event_type, is_for_paid from features
union
select first_uses.event_type as feature, first_uses.event_type, array_contains(:paid_features, first_uses.event_type) as is_for_paid
from gold.first_uses as first_uses
join known_customers on known_customers.customer_id = first_uses.customer_id
where not array_contains(:feature_types, first_uses.event_type)
