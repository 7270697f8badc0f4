SELECT
  CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key,
  activity_date,
  sessions,
  plays,
  skips,
  ms_played
FROM gold.customer_day
