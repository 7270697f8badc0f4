-- Members of feature_members who used a feature that they may use: how often, and how long after joining they first did.
with
used as (
  select
    days.customer_id, shown_by.feature, cast(date_trunc('month', days.activity_date) as date) as month,
    cast(sum(days.uses) as bigint) as uses
  from gold.customer_event_day as days
  join gold.feature_types as shown_by on shown_by.event_type = days.event_type
  group by days.customer_id, shown_by.feature, cast(date_trunc('month', days.activity_date) as date)
),
first_used as (
  select first_uses.customer_id, shown_by.feature, min(first_uses.first_date) as first_date
  from gold.first_uses as first_uses
  join gold.feature_types as shown_by on shown_by.event_type = first_uses.event_type
  group by first_uses.customer_id, shown_by.feature
)
select
  used.customer_id, used.feature, used.month, members.country, members.plan, used.uses,
  case when first_used.first_date >= used.month and members.joined_date >= :first_date
    then datediff(first_used.first_date, members.joined_date) end as days_to_adopt
from used
join features_known as every_feature on every_feature.feature = used.feature
join first_used on first_used.customer_id = used.customer_id and first_used.feature = used.feature
join feature_members as members
  on members.customer_id = used.customer_id
  and members.month = used.month
  and (members.is_paying or not every_feature.is_for_paid)
where used.uses >= :min_uses
