-- Events that played or skipped something.
select event_id, customer_id, track_id, occurred_at, event_date, ms_played, is_play
from events_played
where is_playback
