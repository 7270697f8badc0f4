WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
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
