WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
), weeks_active AS (
  SELECT
    *
  FROM gold.weeks_active
), cohort_members AS (
  /* Known customers who came: in which weeks, the first of them, and the last of those begun by as_of. */
  WITH spans AS (
    SELECT
      customer_key,
      ARRAY_AGG(week) FILTER(WHERE week IS NOT NULL) AS weeks,
      MIN(week) AS cohort_week,
      LEAST(MAX(week), CAST(DATE_TRUNC('WEEK', CAST($p_last_date AS DATE)) AS DATE)) AS last_week
    FROM weeks_active
    GROUP BY
      customer_key
    HAVING
      MIN(week) <= $p_last_date
  )
  SELECT
    customers.customer_id,
    customers.country,
    spans.customer_key,
    spans.weeks,
    spans.cohort_week,
    spans.last_week
  FROM spans
  JOIN known_customers AS customers
    ON customers.customer_key = spans.customer_key
)
SELECT
  *
FROM (
  WITH begun AS (
    SELECT
      customer_key,
      weeks,
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
    customer_key,
    cohort_week,
    DATE_DIFF('DAY', cohort_week, CAST(week AS DATE)) // 7 AS weeks_since,
    CAST(1 AS BIGINT) AS cohort_customers,
    CAST(CASE WHEN ARRAY_CONTAINS(weeks, CAST(week AS DATE)) THEN 1 ELSE 0 END AS BIGINT) AS retained,
    CAST(CASE WHEN CAST(week AS DATE) <= last_week THEN 1 ELSE 0 END AS BIGINT) AS retained_or_later
  FROM begun
)
