SELECT
  CAST(CONV(SUBSTRING(MD5(track_id), 1, 15), 16, 10) AS BIGINT) AS track_key,
  activity_date,
  plays,
  listeners,
  skips,
  completed,
  ms_played
FROM gold.track_daily
