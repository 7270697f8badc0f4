-- Playback with what is known of its track; completed = a play of at least 99 % of a known duration.
select
  playback.customer_id, playback.event_date, playback.track_id, tracks.artist_id, playback.is_play, playback.ms_played,
  playback.is_play and coalesce(100 * playback.ms_played >= 99 * tracks.duration_ms, false) as is_completed
from playback
left join silver.tracks as tracks on tracks.track_id = playback.track_id
