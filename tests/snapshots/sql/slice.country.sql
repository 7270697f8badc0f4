WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
)
SELECT
  *
FROM (
  /* Where the customer lives, as registered. */
  SELECT
    customer_id,
    COALESCE(country, 'unknown') AS slice_value
  FROM known_customers
)
