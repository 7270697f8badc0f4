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
  WITH by_country AS (
    /* Where the customer lives, as registered. */
    SELECT
      customer_id,
      COALESCE(country, 'unknown') AS slice_value
    FROM known_customers
  ), by_plan AS (
    /* The plan at the window's last instant; nobody's subscription covering it means free. */
    SELECT
      known_customers.customer_id,
      COALESCE(periods.plan, 'free') AS slice_value
    FROM known_customers
    LEFT JOIN gold.plan_periods AS periods
      ON periods.customer_id = known_customers.customer_id
      AND periods.valid_from < $p_to_at
      AND (
        periods.valid_to IS NULL OR periods.valid_to >= $p_to_at
      )
  ), sliced_customers AS (
    SELECT
      known_customers.customer_id,
      by_country.slice_value AS country,
      by_plan.slice_value AS plan
    FROM known_customers
    LEFT JOIN by_country
      ON by_country.customer_id = known_customers.customer_id
    LEFT JOIN by_plan
      ON by_plan.customer_id = known_customers.customer_id
  ), members AS (
    SELECT
      'engaged_rate' AS metric,
      m.customer_id,
      m.in_numerator
    FROM (
      SELECT
        customer_id,
        sessions >= $p_threshold AS in_numerator
      FROM active_customers
    ) AS m
  ), sliced_members AS (
    SELECT
      members.metric,
      members.in_numerator,
      COALESCE(sliced.country, 'unknown') AS country,
      COALESCE(sliced.plan, 'unknown') AS plan
    FROM members
    LEFT JOIN sliced_customers AS sliced
      ON sliced.customer_id = members.customer_id
  )
  SELECT
    metric,
    country,
    plan,
    COUNT(*) FILTER(WHERE
      in_numerator) AS numerator,
    COUNT(*) AS denominator
  FROM sliced_members
  GROUP BY
    metric,
    country,
    plan
)
