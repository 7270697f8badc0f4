WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
)
SELECT
  *
FROM (
  WITH by_country AS (
    /* Where the customer lives, as registered. */
    SELECT
      customer_id,
      COALESCE(country, 'unknown') AS slice_value
    FROM known_customers
  ), by_plan AS (
    /* The plan at the window's last instant; nobody's subscription covering it means free. */
    SELECT
      known_customers.customer_id,
      COALESCE(periods.plan, 'free') AS slice_value
    FROM known_customers
    LEFT JOIN gold.plan_periods AS periods
      ON periods.customer_id = known_customers.customer_id
      AND periods.valid_from < $p_to_at
      AND (
        periods.valid_to IS NULL OR periods.valid_to >= $p_to_at
      )
  )
  SELECT
    everybody.*
  FROM known_customers AS everybody
  LEFT JOIN by_country
    ON by_country.customer_id = everybody.customer_id
  LEFT JOIN by_plan
    ON by_plan.customer_id = everybody.customer_id
  WHERE
    ARRAY_CONTAINS($p_where_country, COALESCE(by_country.slice_value, 'unknown'))
    AND ARRAY_CONTAINS($p_where_plan, COALESCE(by_plan.slice_value, 'unknown'))
)
