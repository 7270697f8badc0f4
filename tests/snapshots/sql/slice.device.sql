/* The device of most sessions in the window, ties by name. */
WITH totals AS (
  SELECT
    customer_id,
    device,
    SUM(sessions) AS sessions
  FROM gold.customer_device_day
  WHERE
    activity_date BETWEEN $p_from AND $p_to
  GROUP BY
    customer_id,
    device
)
SELECT
  customer_id,
  ARG_MIN(device, {'col1': -sessions, 'device': device}) AS slice_value
FROM totals
GROUP BY
  customer_id
