SELECT
  CAST(CONV(SUBSTRING(MD5(artist_id), 1, 15), 16, 10) AS BIGINT) AS artist_key,
  activity_date,
  plays,
  listeners,
  skips,
  completed,
  ms_played
FROM gold.artist_daily
