SELECT
  customer_id,
  event_type,
  MIN(activity_date) AS first_date
FROM gold.customer_event_day
GROUP BY
  customer_id,
  event_type
