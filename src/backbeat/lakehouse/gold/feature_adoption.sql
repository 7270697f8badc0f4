with
paid_days as (
  select
    customer_id,
    cast(convert_timezone('UTC', :timezone, cast(effective_start_at as timestamp_ntz)) as date) as from_date,
    cast(convert_timezone('UTC', :timezone, cast(effective_end_at as timestamp_ntz)) as date) as last_date
  from paid_subscriptions
),
paying as (
  select distinct paid_days.customer_id, months.month
  from paid_days
  join months
    on paid_days.from_date < months.next_month
    and (paid_days.last_date is null or paid_days.last_date >= months.month)
),
active as (
  select customer_id, cast(date_trunc('month', activity_date) as date) as month
  from visits
  group by customer_id, cast(date_trunc('month', activity_date) as date)
),
members as (
  select
    active.customer_id, active.month, paying.customer_id is not null as is_paying,
    customers.joined_date, customers.country, coalesce(plan_days.plan, 'free') as plan
  from active
  join months on months.month = active.month
  join joined_customers as customers on customers.customer_id = active.customer_id
  left join paying on paying.customer_id = active.customer_id and paying.month = active.month
  left join plan_days
    on plan_days.customer_id = active.customer_id
    and plan_days.from_date < months.next_month
    and (plan_days.to_date is null or plan_days.to_date >= months.next_month)
),
typed as (
  select
    customer_id, event_type, cast(date_trunc('month', event_date) as date) as month,
    count(*) as uses
  from silver.events
  where event_type is not null
  group by customer_id, event_type, cast(date_trunc('month', event_date) as date)
),
every_feature as (
  select distinct feature, is_for_paid
  from gold.feature_types
),
used as (
  select typed.customer_id, shown_by.feature, typed.month, sum(typed.uses) as uses
  from typed
  join gold.feature_types as shown_by on shown_by.event_type = typed.event_type
  group by typed.customer_id, shown_by.feature, typed.month
),
first_used as (
  select first_uses.customer_id, shown_by.feature, min(first_uses.first_date) as first_date
  from gold.first_uses as first_uses
  join gold.feature_types as shown_by on shown_by.event_type = first_uses.event_type
  group by first_uses.customer_id, shown_by.feature
),
adopters as (
  select
    used.feature, used.month, members.country, members.plan, used.uses,
    case when first_used.first_date >= used.month and members.joined_date >= :first_date
      then datediff(first_used.first_date, members.joined_date) end as days_to_adopt
  from used
  join every_feature on every_feature.feature = used.feature
  join first_used on first_used.customer_id = used.customer_id and first_used.feature = used.feature
  join members
    on members.customer_id = used.customer_id
    and members.month = used.month
    and (members.is_paying or not every_feature.is_for_paid)
  where used.uses >= :min_uses
),
counted as (
  select month, country, plan, is_paying, count(*) as customers
  from members
  group by month, country, plan, is_paying
),
parts as (
  select every_feature.feature, counted.month, counted.country, counted.plan,
    counted.customers as eligible, 0 as adopters, 0 as uses, cast(null as bigint) as days_to_adopt
  from counted
  join every_feature on counted.is_paying or not every_feature.is_for_paid
  union all
  select feature, month, country, plan, 0 as eligible, count(*) as adopters, sum(uses) as uses, null as days_to_adopt
  from adopters
  group by feature, month, country, plan
  union all
  select feature, month, country, plan, 0 as eligible, 0 as adopters, 0 as uses, days_to_adopt
  from adopters
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
  from every_feature
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
