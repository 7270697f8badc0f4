with
by_customer as (
  select
    artist_id, event_date, customer_id,
    count(*) filter (where is_play) as plays,
    count(*) filter (where not is_play) as skips,
    count(*) filter (where is_completed) as completed,
    sum(coalesce(ms_played, 0)) as ms_played
  from track_playback
  where artist_id is not null
  group by artist_id, event_date, customer_id
)
select
  artist_id,
  event_date as activity_date,
  cast(sum(plays) as bigint) as plays,
  count(*) filter (where plays > 0) as listeners,
  cast(sum(skips) as bigint) as skips,
  cast(sum(completed) as bigint) as completed,
  cast(sum(ms_played) as bigint) as ms_played
from by_customer
group by artist_id, event_date
