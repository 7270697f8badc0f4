WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
), plan_days AS (
  SELECT
    *
  FROM gold.plan_days
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
  /* Who came in a week or later is counted from the end, by the last week in which each customer came. */
  WITH members AS (
    SELECT
      spans.customer_key,
      spans.cohort_week,
      spans.last_week,
      COALESCE(spans.country, 'unknown') AS country,
      COALESCE(plan_days.plan, 'free') AS plan
    FROM cohort_members AS spans
    LEFT JOIN plan_days
      ON plan_days.customer_id = spans.customer_id
      AND plan_days.from_date < spans.cohort_week + 7
      AND (
        plan_days.to_date IS NULL OR plan_days.to_date >= spans.cohort_week + 7
      )
  ), counted AS (
    SELECT
      members.cohort_week,
      members.country,
      members.plan,
      weekly.week,
      COUNT(*) AS retained,
      0 AS leaving
    FROM weeks_active AS weekly
    JOIN members
      ON members.customer_key = weekly.customer_key
    WHERE
      weekly.week <= $p_last_date
    GROUP BY
      members.cohort_week,
      members.country,
      members.plan,
      weekly.week
    UNION ALL
    SELECT
      cohort_week,
      country,
      plan,
      last_week AS week,
      0 AS retained,
      COUNT(*) AS leaving
    FROM members
    GROUP BY
      cohort_week,
      country,
      plan,
      last_week
  ), sliced AS (
    SELECT
      cohort_week,
      'all' AS slice,
      'all' AS slice_value,
      week,
      retained,
      leaving
    FROM counted
    UNION ALL
    SELECT
      cohort_week,
      'country' AS slice,
      country AS slice_value,
      week,
      retained,
      leaving
    FROM counted
    UNION ALL
    SELECT
      cohort_week,
      'plan' AS slice,
      plan AS slice_value,
      week,
      retained,
      leaving
    FROM counted
  ), cohorts AS (
    SELECT
      cohort_week,
      slice,
      slice_value,
      UNNEST(
        GENERATE_SERIES(
          cohort_week,
          CAST(DATE_TRUNC('WEEK', CAST($p_last_date AS DATE)) AS DATE),
          INTERVAL '7' DAY
        )
      ) AS week
    FROM (
      SELECT DISTINCT
        cohort_week,
        slice,
        slice_value
      FROM sliced
    )
  ), every_week AS (
    SELECT
      cohort_week,
      slice,
      slice_value,
      CAST(week AS DATE) AS week,
      0 AS retained,
      0 AS leaving
    FROM cohorts
    UNION ALL
    SELECT
      cohort_week,
      slice,
      slice_value,
      week,
      retained,
      leaving
    FROM sliced
  ), totals AS (
    SELECT
      cohort_week,
      slice,
      slice_value,
      week,
      SUM(retained) AS retained,
      SUM(leaving) AS leaving
    FROM every_week
    GROUP BY
      cohort_week,
      slice,
      slice_value,
      week
  )
  SELECT
    cohort_week,
    DATE_DIFF('DAY', cohort_week, week) // 7 AS weeks_since,
    CAST(SUM(leaving) OVER (PARTITION BY cohort_week, slice, slice_value) AS BIGINT) AS cohort_customers,
    CAST(retained AS BIGINT) AS retained,
    CAST(SUM(leaving) OVER (PARTITION BY cohort_week, slice, slice_value ORDER BY week DESC) AS BIGINT) AS retained_or_later,
    cohort_week = MIN(cohort_week) OVER () AS is_first_cohort,
    CASE WHEN week + 7 <= $p_final_date THEN 'final' ELSE 'provisional' END AS status,
    slice,
    slice_value
  FROM totals
)
