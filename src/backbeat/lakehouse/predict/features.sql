-- What was known of each registered customer when the day :to was over. Nothing that happened after it is read.
with
days as (
  select
    customer_id, activity_date, datediff(:to, activity_date) as days_ago, sessions, plays, skips, ms_played,
    datediff(activity_date, cast(date_trunc('week', activity_date) as date)) >= 5 as is_weekend
  from gold.customer_day
  where activity_date between :to - 55 and :to
),
by_day as (
  select
    customer_id,
    sum(sessions) filter (where days_ago < 1) as sessions_1,
    sum(sessions) filter (where days_ago < 7) as sessions_7,
    sum(sessions) filter (where days_ago < 14) as sessions_14,
    sum(sessions) filter (where days_ago < 28) as sessions_28,
    sum(sessions) filter (where days_ago < 56) as sessions_56,
    count(*) filter (where sessions > 0 and days_ago < 1) as active_days_1,
    count(*) filter (where sessions > 0 and days_ago < 7) as active_days_7,
    count(*) filter (where sessions > 0 and days_ago < 14) as active_days_14,
    count(*) filter (where sessions > 0 and days_ago < 28) as active_days_28,
    count(*) filter (where sessions > 0 and days_ago < 56) as active_days_56,
    min(days_ago) filter (where sessions > 0) as last_seen,
    sum(sessions) filter (where is_weekend and days_ago < 28) as weekend_sessions_28,
    sum(sessions * sessions) filter (where days_ago < 28) as squares_28,
    sum(plays) filter (where days_ago < 7) as plays_7,
    sum(plays) filter (where days_ago < 28) as plays_28,
    sum(plays) filter (where days_ago < 56) as plays_56,
    sum(skips) filter (where days_ago < 7) as skips_7,
    sum(skips) filter (where days_ago < 28) as skips_28,
    sum(ms_played) filter (where days_ago < 7) as ms_played_7,
    sum(ms_played) filter (where days_ago < 28) as ms_played_28
  from days
  group by customer_id
),
started as (
  select customer_id, hour(convert_timezone('UTC', :timezone, cast(started_at as timestamp_ntz))) as started_hour
  from silver.sessions
  where session_date between :to - 13 and :to
),
by_hour as (
  select
    customer_id,
    count(*) as sessions,
    count(*) filter (where started_hour < 6) as night,
    count(*) filter (where started_hour between 6 and 11) as morning,
    count(*) filter (where started_hour >= 18) as evening
  from started
  group by customer_id
),
on_device as (
  select customer_id, device, sum(sessions) as sessions
  from gold.customer_device_day
  where activity_date between :to - 27 and :to
  group by customer_id, device
),
by_device as (
  select customer_id, count(*) as devices, max(sessions) as most, sum(sessions) as sessions
  from on_device
  group by customer_id
),
by_play as (
  select customer_id, count(*) filter (where is_play) as plays, count(*) filter (where is_completed) as completed
  from track_playback
  where event_date between :to - 13 and :to
  group by customer_id
),
by_use as (
  select events.customer_id, count(*) as uses, count(distinct features.feature) as features
  from silver.events as events
  join features on features.event_type = events.event_type
  where events.event_date between :to - 27 and :to
    and not array_contains(:play_types, events.event_type)
    and not array_contains(:skip_types, events.event_type)
  group by events.customer_id
),
on_plan as (
  select
    customer_id, state,
    datediff(:to, cast(convert_timezone('UTC', :timezone, cast(valid_from as timestamp_ntz)) as date)) as plan_age_days
  from gold.plan_periods
  where valid_from < :to_at and (valid_to is null or valid_to >= :to_at)
),
signed_up as (
  select
    customer_id,
    datediff(:to, cast(convert_timezone('UTC', :timezone, cast(signed_up_at as timestamp_ntz)) as date)) as tenure_days
  from known_customers
  where signed_up_at < :to_at
)
select
  customers.customer_id,
  cast(coalesce(by_day.sessions_1, 0) as double) as sessions_1,
  cast(coalesce(by_day.sessions_7, 0) as double) as sessions_7,
  cast(coalesce(by_day.sessions_14, 0) as double) as sessions_14,
  cast(coalesce(by_day.sessions_28, 0) as double) as sessions_28,
  cast(coalesce(by_day.sessions_56, 0) as double) as sessions_56,
  cast(coalesce(by_day.active_days_1, 0) as double) as active_days_1,
  cast(coalesce(by_day.active_days_7, 0) as double) as active_days_7,
  cast(coalesce(by_day.active_days_14, 0) as double) as active_days_14,
  cast(coalesce(by_day.active_days_28, 0) as double) as active_days_28,
  cast(coalesce(by_day.active_days_56, 0) as double) as active_days_56,
  cast(least(coalesce(by_day.last_seen, 7), 7) as double) as days_silent_7,
  cast(least(coalesce(by_day.last_seen, 28), 28) as double) as days_silent_28,
  cast(least(coalesce(by_day.last_seen, 56), 56) as double) as days_silent_56,
  cast(coalesce(by_day.sessions_7, 0) as double) / nullif(by_day.sessions_14, 0) as sessions_7_of_14,
  cast(coalesce(by_day.sessions_7, 0) as double) / nullif(by_day.sessions_28, 0) as sessions_7_of_28,
  cast(coalesce(by_day.sessions_28, 0) as double) / nullif(by_day.sessions_56, 0) as sessions_28_of_56,
  coalesce(sqrt(cast(28 * by_day.squares_28 - by_day.sessions_28 * by_day.sessions_28 as double)) / 28, 0) as sessions_spread_28,
  cast(coalesce(by_day.weekend_sessions_28, 0) as double) / nullif(by_day.sessions_28, 0) as weekend_share_28,
  cast(by_hour.night as double) / by_hour.sessions as night_share_14,
  cast(by_hour.morning as double) / by_hour.sessions as morning_share_14,
  cast(by_hour.evening as double) / by_hour.sessions as evening_share_14,
  cast(coalesce(by_device.devices, 0) as double) as devices_28,
  cast(by_device.most as double) / by_device.sessions as main_device_share_28,
  cast(coalesce(by_day.plays_7, 0) as double) as plays_7,
  cast(coalesce(by_day.plays_28, 0) as double) as plays_28,
  cast(coalesce(by_day.plays_56, 0) as double) as plays_56,
  cast(coalesce(by_day.ms_played_7, 0) as double) / 3600000 as hours_played_7,
  cast(coalesce(by_day.ms_played_28, 0) as double) / 3600000 as hours_played_28,
  cast(by_day.skips_7 as double) / nullif(by_day.plays_7 + by_day.skips_7, 0) as skip_rate_7,
  cast(by_day.skips_28 as double) / nullif(by_day.plays_28 + by_day.skips_28, 0) as skip_rate_28,
  cast(by_play.completed as double) / nullif(by_play.plays, 0) as completion_rate_14,
  cast(coalesce(by_use.uses, 0) as double) as feature_uses_28,
  cast(coalesce(by_use.features, 0) as double) as features_used_28,
  case when on_plan.state = 'paid' then cast(1 as double) else cast(0 as double) end as is_paid,
  case when on_plan.state = 'trial' then cast(1 as double) else cast(0 as double) end as is_trial,
  cast(on_plan.plan_age_days as double) as plan_age_days,
  cast(signed_up.tenure_days as double) as tenure_days
from registered_customers as customers
left join by_day on by_day.customer_id = customers.customer_id
left join by_hour on by_hour.customer_id = customers.customer_id
left join by_device on by_device.customer_id = customers.customer_id
left join by_play on by_play.customer_id = customers.customer_id
left join by_use on by_use.customer_id = customers.customer_id
left join on_plan on on_plan.customer_id = customers.customer_id
left join signed_up on signed_up.customer_id = customers.customer_id
