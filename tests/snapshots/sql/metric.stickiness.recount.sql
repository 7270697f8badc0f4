/* Straight from silver, by the definition's words, on the window's last day. */
WITH known AS (
  SELECT
    customers.customer_id,
    customers.signed_up_at
  FROM silver.customers AS customers
  LEFT JOIN gold.excluded_customers AS excluded
    ON excluded.customer_id = customers.customer_id
  WHERE
    excluded.customer_id IS NULL
)
SELECT
  COUNT(DISTINCT CASE WHEN sessions.session_date = $p_to THEN known.customer_id END) AS numerator,
  COUNT(DISTINCT known.customer_id) AS denominator
FROM known
JOIN silver.sessions AS sessions
  ON sessions.customer_id = known.customer_id
WHERE
  sessions.session_date BETWEEN $p_to - 27 AND $p_to
