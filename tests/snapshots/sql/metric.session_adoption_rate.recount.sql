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
), first_starts AS (
  SELECT
    customer_id,
    MIN(started_at) AS first_at
  FROM silver.sessions
  GROUP BY
    customer_id
), came AS (
  SELECT DISTINCT
    customer_id
  FROM silver.sessions
  WHERE
    started_at >= $p_from_at AND started_at < $p_to_at
)
SELECT
  COUNT(*) FILTER(WHERE
    NOT came.customer_id IS NULL) AS numerator,
  COUNT(*) AS denominator
FROM known
LEFT JOIN first_starts
  ON first_starts.customer_id = known.customer_id
LEFT JOIN came
  ON came.customer_id = known.customer_id
WHERE
  known.signed_up_at IS NULL
  OR known.signed_up_at < $p_to_at
  OR first_starts.first_at < $p_to_at
