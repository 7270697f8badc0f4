select
  cast(conv(substr(md5(artist_id), 1, 15), 16, 10) as bigint) as artist_key,
  activity_date, plays, listeners, skips, completed, ms_played
from gold.artist_daily
