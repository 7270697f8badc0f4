WITH first_sessions AS (
  SELECT
    *
  FROM gold.first_sessions
), known_customers AS (
  SELECT
    *
  FROM gold.known_customers
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
  /* Of those active in the :horizon_days days up to :to: churned without a session in as many days after it. The baseline */
  /* takes a customer without a session in the later half of the days up to :to for one who is leaving. */
  SELECT
    customers.customer_id,
    COALESCE(
      SUM(days.sessions) FILTER(WHERE
        days.activity_date BETWEEN $p_to - $p_horizon_days // 2 + 1 AND $p_to),
      0
    ) = 0 AS baseline,
    COALESCE(SUM(days.sessions) FILTER(WHERE
      days.activity_date > $p_to), 0) = 0 AS is_positive
  FROM registered_customers AS customers
  JOIN gold.customer_day AS days
    ON days.customer_id = customers.customer_id
    AND days.activity_date BETWEEN $p_to - $p_horizon_days + 1 AND $p_to + $p_horizon_days
  GROUP BY
    customers.customer_id
  HAVING
    SUM(days.sessions) FILTER(WHERE
      days.activity_date <= $p_to) > 0
)
