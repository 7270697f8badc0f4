/* Customers by a pattern that their ids match. */
SELECT
  customers.customer_id,
  CAST(NULL AS DATE) AS since
FROM silver.customers AS customers
JOIN (
  SELECT
    UNNEST($p_given) AS pattern
) AS patterns
  ON customers.customer_id LIKE patterns.pattern
