SELECT
  customer_id,
  event_date AS activity_date,
  event_type,
  COUNT(*) AS uses
FROM silver.events
WHERE
  NOT event_type IS NULL
GROUP BY
  customer_id,
  event_date,
  event_type
