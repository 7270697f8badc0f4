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
), plan_days AS (
  SELECT
    *
  FROM gold.plan_days
), classified_subscriptions AS (
  /* Subscriptions of known customers: paid by their type, or by what was paid where the type says nothing; and trials. */
  SELECT
    subscriptions.customer_id,
    subscriptions.subscription_id,
    subscriptions.effective_start_at,
    subscriptions.effective_end_at,
    subscriptions.subscription_type,
    LOWER(TRIM(subscriptions.status, ' ')) AS status,
    CASE
      WHEN TRIM(COALESCE(subscriptions.subscription_type, ''), ' ') = ''
      THEN COALESCE(subscriptions.amount_paid, 0) > 0
      ELSE LOWER(subscriptions.subscription_type) NOT LIKE '%free%'
    END AS is_paid,
    COALESCE(LOWER(TRIM(subscriptions.status, ' ')) = 'trialing', FALSE)
    OR COALESCE(LOWER(subscriptions.subscription_type) LIKE '%trial%', FALSE) AS is_trial
  FROM silver.subscriptions AS subscriptions
  JOIN known_customers
    ON known_customers.customer_id = subscriptions.customer_id
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
), covers AS (
  /* Subscriptions that cover an instant at least, with plan and state: [covers_from, covers_to), null while they run. */
  SELECT
    customer_id,
    subscription_id,
    effective_start_at AS covers_from,
    effective_end_at AS last_covered_at,
    TIMESTAMP_MICROS(EPOCH_US(effective_end_at) + 1) AS covers_to,
    COALESCE(subscription_type, 'unknown') AS plan,
    CASE WHEN is_trial THEN 'trial' WHEN is_paid THEN 'paid' ELSE 'free' END AS state
  FROM classified_subscriptions
  WHERE
    effective_end_at IS NULL OR effective_end_at >= effective_start_at
), cover_days AS (
  /* The same by local days: the first and the last it covers, and the one that begins or goes on without it. */
  SELECT
    customer_id,
    subscription_id,
    covers_from,
    covers_to,
    plan,
    state,
    CAST(CAST(covers_from AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS from_date,
    CAST(CAST(last_covered_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS last_date,
    CAST(CAST(covers_to AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS to_date
  FROM covers
), funnel_days AS (
  /* Known customers by the month they joined, and after how many days they took each step: null where one before is missing. */
  WITH joined AS (
    SELECT
      customers.customer_id,
      customers.customer_key,
      customers.joined_date,
      months.month AS cohort_month,
      months.next_month,
      customers.country,
      COALESCE(plan_days.plan, 'free') AS plan
    FROM joined_customers AS customers
    JOIN months
      ON months.month = CAST(DATE_TRUNC('MONTH', customers.joined_date) AS DATE)
    LEFT JOIN plan_days
      ON plan_days.customer_id = customers.customer_id
      AND plan_days.from_date < months.next_month
      AND (
        plan_days.to_date IS NULL OR plan_days.to_date >= months.next_month
      )
  ), came AS (
    SELECT
      visits.customer_key,
      DATE_DIFF('DAY', joined.joined_date, visits.activity_date) AS day
    FROM joined
    JOIN visits
      ON visits.customer_key = joined.customer_key
      AND visits.activity_date BETWEEN joined.joined_date AND joined.joined_date + 28
  ), activated AS (
    SELECT
      customer_key,
      MIN(day) AS day
    FROM came
    WHERE
      day <= 7
    GROUP BY
      customer_key
  ), later AS (
    SELECT
      customer_key,
      day,
      ROW_NUMBER() OVER (PARTITION BY customer_key ORDER BY day NULLS FIRST) AS nth
    FROM came
    WHERE
      day >= 8
  ), paid AS (
    SELECT
      joined.customer_id,
      MIN(DATE_DIFF('DAY', joined.joined_date, cover_days.from_date)) AS day
    FROM joined
    JOIN cover_days
      ON cover_days.customer_id = joined.customer_id
      AND cover_days.state = 'paid'
      AND cover_days.from_date BETWEEN joined.joined_date AND joined.joined_date + 90
    GROUP BY
      joined.customer_id
  )
  SELECT
    joined.customer_key,
    joined.cohort_month,
    joined.country,
    joined.plan,
    activated.day AS activated,
    CASE WHEN NOT activated.day IS NULL THEN later.day END AS habitual,
    CASE WHEN NOT activated.day IS NULL AND NOT later.day IS NULL THEN paid.day END AS paid
  FROM joined
  LEFT JOIN activated
    ON activated.customer_key = joined.customer_key
  LEFT JOIN later
    ON later.customer_key = joined.customer_key AND later.nth = 3
  LEFT JOIN paid
    ON paid.customer_id = joined.customer_id
)
SELECT
  *
FROM (
  WITH sliced AS (
    SELECT
      cohort_month,
      'all' AS slice,
      'all' AS slice_value,
      activated,
      habitual,
      paid
    FROM funnel_days
    UNION ALL
    SELECT
      cohort_month,
      'country' AS slice,
      country AS slice_value,
      activated,
      habitual,
      paid
    FROM funnel_days
    UNION ALL
    SELECT
      cohort_month,
      'plan' AS slice,
      plan AS slice_value,
      activated,
      habitual,
      paid
    FROM funnel_days
  ), totals AS (
    SELECT
      cohort_month,
      slice,
      slice_value,
      COUNT(*) AS signed_up,
      COUNT(activated) AS activated,
      MEDIAN(activated) AS activated_after,
      COUNT(habitual) AS habitual,
      MEDIAN(habitual) AS habitual_after,
      COUNT(paid) AS paid,
      MEDIAN(paid) AS paid_after
    FROM sliced
    GROUP BY
      cohort_month,
      slice,
      slice_value
  ), steps AS (
    SELECT
      cohort_month,
      slice,
      slice_value,
      signed_up,
      'signed_up' AS step,
      signed_up AS customers,
      0 AS median_days
    FROM totals
    UNION ALL
    SELECT
      cohort_month,
      slice,
      slice_value,
      signed_up,
      'activated' AS step,
      activated AS customers,
      activated_after AS median_days
    FROM totals
    UNION ALL
    SELECT
      cohort_month,
      slice,
      slice_value,
      signed_up,
      'habitual' AS step,
      habitual AS customers,
      habitual_after AS median_days
    FROM totals
    UNION ALL
    SELECT
      cohort_month,
      slice,
      slice_value,
      signed_up,
      'paid' AS step,
      paid AS customers,
      paid_after AS median_days
    FROM totals
  )
  SELECT
    steps.cohort_month,
    step,
    customers,
    CAST(customers AS DOUBLE) / signed_up AS rate_from_start,
    CAST(median_days AS DOUBLE) AS median_days,
    CASE
      WHEN months.next_month + 90 <= $p_final_date
      THEN 'final'
      ELSE 'provisional'
    END AS status,
    slice,
    slice_value
  FROM steps
  JOIN months
    ON months.month = steps.cohort_month
)
