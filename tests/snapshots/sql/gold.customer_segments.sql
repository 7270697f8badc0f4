WITH first_sessions AS (
  SELECT
    *
  FROM gold.first_sessions
), known_customers AS (
  SELECT
    *
  FROM gold.known_customers
), months AS (
  /* Every month from the first session's to as_of's, with the month after it; of them those that are open. */
  WITH begun AS (
    SELECT
      CAST(day AS DATE) AS month
    FROM (
      SELECT
        UNNEST(
          GENERATE_SERIES(
            CAST(DATE_TRUNC('MONTH', CAST($p_first_date AS DATE)) AS DATE),
            CAST(GREATEST(CAST($p_first_date AS DATE), CAST($p_last_date AS DATE)) AS DATE),
            INTERVAL '1' MONTH
          )
        ) AS day
    )
  )
  SELECT
    month,
    CAST(month + INTERVAL '1' MONTH AS DATE) AS next_month
  FROM begun
  WHERE
    month > $p_open_after AND month <= $p_last_date AND $p_first_date <= $p_last_date
), joined_customers AS (
  /* Known customers by the days that began it: registered_date is the sign-up's or the first session's, whichever is */
  /* earlier (null = always); joined_date the sign-up's, without one the first session's (null = never came). */
  WITH dated AS (
    SELECT
      known_customers.customer_id,
      known_customers.customer_key,
      COALESCE(known_customers.country, 'unknown') AS country,
      CAST(CAST(known_customers.signed_up_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS signed_up_date,
      first_sessions.first_date
    FROM known_customers
    LEFT JOIN first_sessions
      ON first_sessions.customer_id = known_customers.customer_id
  )
  SELECT
    customer_id,
    customer_key,
    country,
    CASE WHEN NOT signed_up_date IS NULL THEN LEAST(signed_up_date, first_date) END AS registered_date,
    COALESCE(signed_up_date, first_date) AS joined_date
  FROM dated
), visits AS (
  /* The days on which each known customer had a session. */
  SELECT
    known_customers.customer_id,
    days.customer_key,
    days.activity_date
  FROM gold.customer_day AS days
  JOIN known_customers
    ON known_customers.customer_key = days.customer_key
  WHERE
    days.sessions > 0
)
SELECT
  *
FROM (
  /* A visit on one of the last 28 days of a month counts for the month after it. */
  WITH counted AS (
    SELECT
      visits.customer_id,
      months.month,
      COUNT(*) AS active_days
    FROM visits
    JOIN months
      ON months.month = CAST(DATE_TRUNC('MONTH', visits.activity_date) + INTERVAL '1' MONTH AS DATE)
    WHERE
      visits.activity_date >= months.month - 28
    GROUP BY
      visits.customer_id,
      months.month
  ), members AS (
    SELECT
      customers.customer_id,
      months.month
    FROM joined_customers AS customers
    CROSS JOIN months
    WHERE
      months.month - 28 >= $p_first_date
      AND (
        customers.registered_date IS NULL OR customers.registered_date < months.month
      )
  )
  SELECT
    members.customer_id,
    members.month,
    COALESCE(counted.active_days, 0) AS active_days,
    CASE
      WHEN counted.active_days >= 21
      THEN 'core'
      WHEN counted.active_days >= 14
      THEN 'regular'
      WHEN counted.active_days >= 7
      THEN 'casual'
      WHEN counted.active_days >= 1
      THEN 'infrequent'
      ELSE 'none'
    END AS segment
  FROM members
  LEFT JOIN counted
    ON counted.customer_id = members.customer_id AND counted.month = members.month
)
