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
  /* Where the customer lives, as registered. */
  SELECT
    customer_id,
    COALESCE(country, 'unknown') AS slice_value
  FROM known_customers
)
