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
), counted AS (
  SELECT
    known.customer_id,
    COUNT(DISTINCT sessions.session_id) AS sessions
  FROM known
  JOIN silver.sessions AS sessions
    ON sessions.customer_id = known.customer_id
  WHERE
    sessions.started_at >= $p_from_at AND sessions.started_at < $p_to_at
  GROUP BY
    known.customer_id
)
SELECT
  COUNT(*) FILTER(WHERE
    sessions >= $p_threshold) AS numerator,
  COUNT(*) AS denominator
FROM counted
