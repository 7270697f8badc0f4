SELECT
  customer_key,
  activity_date,
  sessions,
  plays,
  skips,
  ms_played
FROM gold.customer_day
