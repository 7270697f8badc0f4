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
