WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
), active_customers AS (
  /* An active customer is a known one with at least one session in the window. */
  WITH counted AS (
    SELECT
      customer_key,
      CAST(SUM(sessions) AS BIGINT) AS sessions
    FROM gold.customer_day
    WHERE
      activity_date BETWEEN $p_from AND $p_to
    GROUP BY
      customer_key
    HAVING
      SUM(sessions) > 0
  )
  SELECT
    known_customers.customer_id,
    counted.sessions
  FROM counted
  JOIN known_customers
    ON known_customers.customer_key = counted.customer_key
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
