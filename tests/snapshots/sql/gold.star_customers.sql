WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
)
SELECT
  *
FROM (
  SELECT
    customer_key,
    country,
    CAST(CAST(signed_up_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS signed_up_date
  FROM known_customers
)
