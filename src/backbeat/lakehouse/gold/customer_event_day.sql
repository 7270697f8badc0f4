select
  customer_id, event_date as activity_date, event_type,
  count(*) as uses,
  count(*) filter (where is_play) as plays,
  count(*) filter (where is_playback and not is_play) as skips,
  cast(sum(case when is_playback then coalesce(ms_played, 0) else 0 end) as bigint) as ms_played
from events_played
where event_type is not null
group by customer_id, event_date, event_type
