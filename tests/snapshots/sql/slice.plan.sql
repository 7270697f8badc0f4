WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
)
SELECT
  *
FROM (
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
