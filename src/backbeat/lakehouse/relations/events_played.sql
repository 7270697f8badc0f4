-- Every event, and whether it played or skipped something: a play lasted over 30 seconds or of unknown length; everything shorter is a skip.
select
  event_id, customer_id, track_id, event_type, occurred_at, event_date, ms_played,
  array_contains(:play_types, event_type) and (ms_played is null or ms_played > 30000) as is_play,
  array_contains(:play_types, event_type) or array_contains(:skip_types, event_type) as is_playback
from silver.events
