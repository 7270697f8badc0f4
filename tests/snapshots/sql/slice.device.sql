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
), ranked AS (
  SELECT
    customer_id,
    device,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY sessions DESC, device NULLS FIRST) AS nth
  FROM totals
)
SELECT
  customer_id,
  device AS slice_value
FROM ranked
WHERE
  nth = 1
