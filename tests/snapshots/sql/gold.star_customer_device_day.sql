SELECT
  customer_key,
  activity_date,
  device,
  sessions
FROM gold.customer_device_day
