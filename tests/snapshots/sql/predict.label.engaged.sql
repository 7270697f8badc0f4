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
  /* Engaged: at least :threshold sessions in the :horizon_days days after :to; the baseline asks it of as many days up to :to. */
  SELECT
    customers.customer_id,
    COALESCE(SUM(days.sessions) FILTER(WHERE
      days.activity_date <= $p_to), 0) >= $p_threshold AS baseline,
    COALESCE(SUM(days.sessions) FILTER(WHERE
      days.activity_date > $p_to), 0) >= $p_threshold AS is_positive
  FROM registered_customers AS customers
  LEFT JOIN gold.customer_day AS days
    ON days.customer_id = customers.customer_id
    AND days.activity_date BETWEEN $p_to - $p_horizon_days + 1 AND $p_to + $p_horizon_days
  GROUP BY
    customers.customer_id
)
