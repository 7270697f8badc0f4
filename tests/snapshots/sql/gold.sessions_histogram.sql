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
), active_customers AS (
  /* An active customer is a known one with at least one session in the window. */
  WITH counted AS (
    SELECT
      customer_id,
      CAST(SUM(sessions) AS BIGINT) AS sessions
    FROM gold.customer_day
    WHERE
      activity_date BETWEEN $p_from AND $p_to
    GROUP BY
      customer_id
    HAVING
      SUM(sessions) > 0
  )
  SELECT
    counted.customer_id,
    counted.sessions
  FROM counted
  JOIN known_customers
    ON known_customers.customer_id = counted.customer_id
)
SELECT
  *
FROM (
  WITH counted AS (
    SELECT
      sessions,
      COUNT(*) AS customers
    FROM active_customers
    GROUP BY
      sessions
  )
  SELECT
    sessions,
    customers,
    CAST(SUM(customers) OVER (ORDER BY sessions DESC rows BETWEEN UNBOUNDED preceding AND CURRENT ROW) AS BIGINT) AS customers_at_least
  FROM counted
)
