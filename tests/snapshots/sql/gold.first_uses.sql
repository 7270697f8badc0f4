SELECT
  customer_id,
  event_type,
  MIN(event_date) AS first_date
FROM silver.events
WHERE
  NOT event_type IS NULL
GROUP BY
  customer_id,
  event_type
