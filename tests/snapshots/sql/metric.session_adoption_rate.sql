WITH first_sessions AS (
  SELECT
    *
  FROM gold.first_sessions
), known_customers AS (
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
), registered_customers AS (
  /* Customers registered by the window's end: by sign-up or first session, whichever is earlier; without a sign-up date, always. */
  SELECT
    known_customers.customer_id
  FROM known_customers
  LEFT JOIN first_sessions
    ON first_sessions.customer_id = known_customers.customer_id
  WHERE
    known_customers.signed_up_at IS NULL
    OR known_customers.signed_up_at < $p_to_at
    OR first_sessions.first_date <= $p_to
)
SELECT
  *
FROM (
  SELECT
    registered_customers.customer_id,
    NOT active_customers.customer_id IS NULL AS in_numerator
  FROM registered_customers
  LEFT JOIN active_customers
    ON active_customers.customer_id = registered_customers.customer_id
)
