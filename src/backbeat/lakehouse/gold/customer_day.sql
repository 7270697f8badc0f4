with
session_days as (
  select customer_id, session_date as activity_date, count(*) as sessions
  from silver.sessions
  group by customer_id, session_date
),
playback_days as (
  select
    customer_id, event_date as activity_date,
    count(*) filter (where is_play) as plays,
    count(*) filter (where not is_play) as skips,
    sum(coalesce(ms_played, 0)) as ms_played
  from playback
  group by customer_id, event_date
),
days as (
  select customer_id, activity_date, sessions, 0 as plays, 0 as skips, 0 as ms_played from session_days
  union all
  select customer_id, activity_date, 0 as sessions, plays, skips, ms_played from playback_days
)
select
  customer_id, activity_date,
  cast(sum(sessions) as bigint) as sessions,
  cast(sum(plays) as bigint) as plays,
  cast(sum(skips) as bigint) as skips,
  cast(sum(ms_played) as bigint) as ms_played,
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key
from days
group by customer_id, activity_date
