/* Straight from silver, by the definition's words. */
WITH known AS (
  SELECT
    customers.customer_id,
    customers.signed_up_at
  FROM silver.customers AS customers
  LEFT JOIN gold.excluded_customers AS excluded
    ON excluded.customer_id = customers.customer_id
  WHERE
    excluded.customer_id IS NULL
), came AS (
  SELECT DISTINCT
    known.customer_id
  FROM known
  JOIN silver.sessions AS sessions
    ON sessions.customer_id = known.customer_id
  WHERE
    sessions.started_at >= $p_from_at AND sessions.started_at < $p_to_at
), paying AS (
  SELECT
    customer_id
  FROM silver.subscriptions
  WHERE
    (
      NULLIF(TRIM(subscription_type, ' '), '') IS NULL
      AND amount_paid > 0
      OR NOT NULLIF(TRIM(subscription_type, ' '), '') IS NULL
      AND NOT subscription_type ILIKE '%free%'
    )
    AND COALESCE(LOWER(TRIM(status, ' ')), 'active') IN ('active', 'trialing')
    AND COALESCE(effective_end_at, CAST('9999-12-31' AS TIMESTAMPTZ)) >= GREATEST(effective_start_at, $p_from_at)
    AND effective_start_at < $p_to_at
)
SELECT
  COUNT(*) FILTER(WHERE
    customer_id IN (
      SELECT
        customer_id
      FROM paying
    )) AS numerator,
  COUNT(*) AS denominator
FROM came
