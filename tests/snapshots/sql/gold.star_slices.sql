WITH known_customers AS (
  /* Everyone a customer metric may count. A session of somebody who is not here stays in silver and counts nowhere else. */
  SELECT
    customer_id,
    signed_up_at,
    country
  FROM silver.customers
  WHERE
    NOT customer_id IN (
      SELECT
        customer_id
      FROM gold.excluded_customers
    )
)
SELECT
  *
FROM (
  /* What people choose from: every value that a slice can have in any window, and `other`, which small groups are merged as. */
  WITH found AS (
    SELECT
      slice,
      slice_value
    FROM gold.kpis
    WHERE
      slice <> 'all'
    UNION
    SELECT
      'country' AS slice,
      COALESCE(country, 'unknown') AS slice_value
    FROM known_customers
    UNION
    SELECT
      'plan' AS slice,
      plan AS slice_value
    FROM gold.plan_periods
    UNION
    SELECT
      'device' AS slice,
      device AS slice_value
    FROM gold.customer_device_day
  ), asked AS (
    SELECT DISTINCT
      slice
    FROM gold.kpis
    WHERE
      slice <> 'all'
  )
  SELECT
    slice,
    slice_value
  FROM found
  UNION
  SELECT
    slice,
    UNNEST(['unknown', 'other']) AS slice_value
  FROM asked
  UNION
  SELECT
    slice,
    'free' AS slice_value
  FROM asked
  WHERE
    slice = 'plan'
)
