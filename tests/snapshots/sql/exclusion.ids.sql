/* The customers themselves. */
SELECT
  customer_id,
  CAST(NULL AS DATE) AS since
FROM silver.customers
WHERE
  ARRAY_CONTAINS($p_given, customer_id)
