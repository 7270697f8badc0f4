WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
)
SELECT
  *
FROM (
  /* The device of most sessions in the window, ties by name. */
  WITH totals AS (
    SELECT
      customer_key,
      device,
      SUM(sessions) AS sessions
    FROM gold.customer_device_day
    WHERE
      activity_date BETWEEN $p_from AND $p_to
    GROUP BY
      customer_key,
      device
  ), most_used AS (
    SELECT
      customer_key,
      ARG_MIN(device, {'col1': -sessions, 'device': device}) AS device
    FROM totals
    GROUP BY
      customer_key
  )
  SELECT
    known_customers.customer_id,
    most_used.device AS slice_value
  FROM most_used
  JOIN known_customers
    ON known_customers.customer_key = most_used.customer_key
)
