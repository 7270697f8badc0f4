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
  SELECT
    active_customers.customer_id,
    NOT periods.customer_id IS NULL AS in_numerator
  FROM active_customers
  LEFT JOIN gold.plan_periods AS periods
    ON periods.customer_id = active_customers.customer_id
    AND periods.state = 'paid'
    AND periods.valid_from < $p_to_at
    AND (
      periods.valid_to IS NULL OR periods.valid_to >= $p_to_at
    )
)
