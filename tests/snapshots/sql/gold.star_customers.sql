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
  SELECT
    CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key,
    country,
    CAST(CAST(signed_up_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS signed_up_date
  FROM known_customers
)
