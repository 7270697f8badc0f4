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
