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
), weeks_active AS (
  /* The weeks in which each known customer had a session. */
  WITH weekly AS (
    SELECT
      customer_id,
      CAST(DATE_TRUNC('WEEK', activity_date) AS DATE) AS week
    FROM gold.customer_day
    WHERE
      sessions > 0
    GROUP BY
      customer_id,
      CAST(DATE_TRUNC('WEEK', activity_date) AS DATE)
  )
  SELECT
    weekly.customer_id,
    weekly.week
  FROM weekly
  JOIN known_customers
    ON known_customers.customer_id = weekly.customer_id
), cohort_members AS (
  /* Known customers who came: the week of the first session, and the last in which they came of those begun by as_of. */
  SELECT
    customer_id,
    MIN(week) AS cohort_week,
    LEAST(MAX(week), CAST(DATE_TRUNC('WEEK', CAST($p_last_date AS DATE)) AS DATE)) AS last_week
  FROM weeks_active
  GROUP BY
    customer_id
  HAVING
    MIN(week) <= $p_last_date
)
SELECT
  *
FROM (
  WITH begun AS (
    SELECT
      customer_id,
      cohort_week,
      last_week,
      UNNEST(
        GENERATE_SERIES(
          cohort_week,
          CAST(DATE_TRUNC('WEEK', CAST($p_last_date AS DATE)) AS DATE),
          INTERVAL '7' DAY
        )
      ) AS week
    FROM cohort_members
  )
  SELECT
    CAST(CONV(SUBSTRING(MD5(begun.customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key,
    begun.cohort_week,
    DATE_DIFF('DAY', begun.cohort_week, CAST(begun.week AS DATE)) // 7 AS weeks_since,
    CAST(1 AS BIGINT) AS cohort_customers,
    CAST(CASE WHEN NOT weeks_active.customer_id IS NULL THEN 1 ELSE 0 END AS BIGINT) AS retained,
    CAST(CASE WHEN CAST(begun.week AS DATE) <= begun.last_week THEN 1 ELSE 0 END AS BIGINT) AS retained_or_later
  FROM begun
  LEFT JOIN weeks_active
    ON weeks_active.customer_id = begun.customer_id
    AND weeks_active.week = CAST(begun.week AS DATE)
)
