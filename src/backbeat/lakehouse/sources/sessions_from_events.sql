-- Sessions for a lake that has no sessions source, derived from events:
-- by session_id where events carry one, else a new one after more than :gap_micros without an event.
with
gaps as (
  select *, unix_micros(occurred_at) - unix_micros(lag(occurred_at) over (
      partition by customer_id, session_id is null order by occurred_at, event_id)) as gap_micros
  from silver.events
),
starts as (
  select *, sum(case when session_id is null and (gap_micros is null or gap_micros > :gap_micros) then 1 else 0 end) over (
      partition by customer_id, session_id is null order by occurred_at, event_id
      rows between unbounded preceding and current row) as session_number
  from gaps
),
grouped as (
  select *,
    case when session_id is null then concat(customer_id, '#', cast(session_number as string)) else session_id end as grouping_key
  from starts
),
ranked as (
  select *,
    row_number() over (partition by session_id is null, grouping_key order by occurred_at, event_id) as nth,
    max(occurred_at) over (partition by session_id is null, grouping_key) as last_at
  from grouped
)
select
  coalesce(session_id, concat(customer_id, '@', cast(unix_micros(occurred_at) as string))) as session_id,
  customer_id,
  occurred_at as started_at,
  last_at as ended_at,
  cast(null as string) as device,
  event_date as session_date,
  _batch_id, _source_file, _row_number, _file_modified_at, _ingested_at,
  cast(null as string) as _rescued,
  _sequence
from ranked
where nth = 1
