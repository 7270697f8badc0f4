/* The number of a customer is counted anew only where there was no session. */
WITH days AS (
  SELECT
    customer_id,
    activity_date,
    sessions,
    0 AS plays,
    0 AS skips,
    0 AS ms_played,
    customer_key
  FROM gold.customer_device_day
  UNION ALL
  SELECT
    customer_id,
    activity_date,
    0 AS sessions,
    plays,
    skips,
    ms_played,
    NULL AS customer_key
  FROM gold.customer_event_day
  WHERE
    plays + skips > 0
)
SELECT
  customer_id,
  activity_date,
  CAST(SUM(sessions) AS BIGINT) AS sessions,
  CAST(SUM(plays) AS BIGINT) AS plays,
  CAST(SUM(skips) AS BIGINT) AS skips,
  CAST(SUM(ms_played) AS BIGINT) AS ms_played,
  COALESCE(
    MAX(customer_key),
    CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT)
  ) AS customer_key
FROM days
GROUP BY
  customer_id,
  activity_date
