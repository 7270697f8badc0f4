WITH counted AS (
  SELECT
    customer_id,
    session_date AS activity_date,
    COALESCE(device, 'unknown') AS device,
    COUNT(*) AS sessions
  FROM silver.sessions
  GROUP BY
    customer_id,
    session_date,
    COALESCE(device, 'unknown')
)
SELECT
  customer_id,
  activity_date,
  device,
  sessions,
  CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key
FROM counted
