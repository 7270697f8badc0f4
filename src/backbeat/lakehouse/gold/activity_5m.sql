-- Every window from the first session's to as_of's. A window without a session is 0 where the feed was alive
-- (a session or an event in the hour before it, in it, or in the hour after it), else it has no data.
-- Plays count in the window they began in.
with
sessions as (
  select
    customer_id, _batch_id,
    cast(floor(unix_micros(started_at) / 300000000) as bigint) * 300000000 as window_micros
  from silver.sessions
),
by_customer as (
  select
    sessions.window_micros, sessions.customer_id, count(*) as sessions,
    sum(case when sessions.window_micros + 300000000 <= unix_micros(batches.final_before) then 1 else 0 end) as late_sessions
  from sessions
  left join ops.batches as batches on batches.batch_id = sessions._batch_id
  group by sessions.window_micros, sessions.customer_id
),
by_window as (
  select
    window_micros, sum(sessions) as sessions, count(*) as customers, sum(late_sessions) as late_sessions
  from by_customer
  group by window_micros
),
by_play as (
  select window_micros, count(*) as plays
  from (
    select cast(floor(unix_micros(occurred_at) / 300000000) as bigint) * 300000000 as window_micros
    from playback
    where is_play
  )
  group by window_micros
),
alive as (
  select window_micros from by_window
  union
  select cast(floor(unix_micros(occurred_at) / 300000000) as bigint) * 300000000 as window_micros from silver.events
),
hours as (
  select explode(sequence(
    cast(floor(unix_micros(cast(:first_at as timestamp)) / 300000000) as bigint) - 12,
    cast(floor(unix_micros(cast(:as_of as timestamp)) / 300000000) as bigint) + 12)) as window_number
),
windows as (
  select
    hours.window_number * 300000000 as window_micros,
    max(case when alive.window_micros is not null then 1 else 0 end) over (
      order by hours.window_number rows between 12 preceding and 12 following) as is_alive
  from hours
  left join alive on alive.window_micros = hours.window_number * 300000000
),
counted as (
  select
    timestamp_micros(windows.window_micros) as window_start,
    timestamp_micros(windows.window_micros + 300000000) as window_end,
    case when windows.is_alive = 1 then coalesce(by_window.sessions, 0) end as sessions,
    case when windows.is_alive = 1 then coalesce(by_window.customers, 0) end as customers,
    case when windows.is_alive = 1 then coalesce(by_play.plays, 0) end as plays,
    coalesce(by_window.late_sessions, 0) as late_sessions
  from windows
  left join by_window on by_window.window_micros = windows.window_micros
  left join by_play on by_play.window_micros = windows.window_micros
)
select
  window_start,
  window_end,
  cast(sessions as bigint) as sessions,
  cast(customers as bigint) as customers,
  cast(plays as bigint) as plays,
  cast(late_sessions as bigint) as late_sessions,
  case when sessions is null then 'no_data' when window_end <= :final_before then 'final' else 'provisional' end as status,
  cast(convert_timezone('UTC', :timezone, cast(window_start as timestamp_ntz)) as date) as window_date
from counted
where window_end > cast(:first_at as timestamp) and window_start <= cast(:as_of as timestamp)
