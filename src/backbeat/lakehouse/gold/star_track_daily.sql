select
  cast(conv(substr(md5(track_id), 1, 15), 16, 10) as bigint) as track_key,
  activity_date, plays, listeners, skips, completed, ms_played
from gold.track_daily
