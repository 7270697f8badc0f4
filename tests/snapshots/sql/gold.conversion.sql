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
), monthly_conversion AS (
  /* What each known customer was at a month's start, became in it, and did of trials, as ones and zeros. */
  /* What somebody is at a month's start is the plan just before 00:00 of the 1st. A trial is neither free nor paid. */
  WITH starts AS (
    SELECT
      months.month,
      customers.customer_id,
      customers.customer_key,
      customers.country,
      COALESCE(plan_days.plan, 'free') AS plan,
      COALESCE(plan_days.state, 'free') AS state,
      customers.registered_date IS NULL OR customers.registered_date < months.month AS is_registered
    FROM joined_customers AS customers
    CROSS JOIN months
    LEFT JOIN plan_days
      ON plan_days.customer_id = customers.customer_id
      AND plan_days.from_date < months.month
      AND (
        plan_days.to_date IS NULL OR plan_days.to_date >= months.month
      )
  ), conversions AS (
    SELECT DISTINCT
      cover_days.customer_id,
      months.month
    FROM cover_days
    JOIN months
      ON months.month = CAST(DATE_TRUNC('MONTH', cover_days.from_date) AS DATE)
    WHERE
      cover_days.state = 'paid'
      AND (
        cover_days.covers_to IS NULL
        OR cover_days.covers_to > cover_days.covers_from + INTERVAL '24' HOURS
        OR cover_days.to_date >= months.next_month
      )
  ), paid AS (
    SELECT
      customer_id,
      valid_from,
      valid_to,
      to_date,
      LEAD(valid_from) OVER (PARTITION BY customer_id ORDER BY valid_from NULLS FIRST) AS paid_again_at
    FROM plan_days
    WHERE
      state = 'paid'
  ), cancellations AS (
    SELECT DISTINCT
      customer_id,
      CAST(DATE_TRUNC('MONTH', to_date) AS DATE) AS month
    FROM paid
    WHERE
      NOT valid_to IS NULL
      AND (
        paid_again_at IS NULL
        OR EPOCH_US(paid_again_at) - EPOCH_US(valid_to) >= $p_renewal_grace_days * 86400000000
      )
  ), trials AS (
    SELECT
      customer_id,
      subscription_id,
      covers_from,
      covers_to,
      from_date,
      last_date
    FROM cover_days
    WHERE
      state = 'trial'
  ), paid_after AS (
    SELECT DISTINCT
      trials.customer_id,
      trials.subscription_id,
      trials.covers_from,
      trials.last_date
    FROM trials
    JOIN paid
      ON paid.customer_id = trials.customer_id
      AND paid.valid_from < trials.covers_to + INTERVAL '24' HOURS
      AND (
        paid.valid_to IS NULL OR paid.valid_to > trials.covers_to
      )
  ), trial_changes AS (
    SELECT
      customer_id,
      from_date AS changed_date,
      1 AS started,
      0 AS ended,
      0 AS to_paid
    FROM trials
    UNION ALL
    SELECT
      customer_id,
      last_date AS changed_date,
      0 AS started,
      1 AS ended,
      0 AS to_paid
    FROM trials
    WHERE
      NOT last_date IS NULL
    UNION ALL
    SELECT
      customer_id,
      last_date AS changed_date,
      0 AS started,
      0 AS ended,
      1 AS to_paid
    FROM paid_after
  ), trials_in_month AS (
    SELECT
      customer_id,
      CAST(DATE_TRUNC('MONTH', changed_date) AS DATE) AS month,
      SUM(started) AS started,
      SUM(ended) AS ended,
      SUM(to_paid) AS to_paid
    FROM trial_changes
    GROUP BY
      customer_id,
      CAST(DATE_TRUNC('MONTH', changed_date) AS DATE)
  )
  SELECT
    starts.month,
    starts.customer_id,
    starts.customer_key,
    starts.country,
    starts.plan,
    CASE WHEN is_registered AND state = 'free' THEN 1 ELSE 0 END AS free_at_start,
    CASE
      WHEN is_registered AND state = 'free' AND NOT conversions.customer_id IS NULL
      THEN 1
      ELSE 0
    END AS converted,
    CASE WHEN is_registered AND state = 'paid' THEN 1 ELSE 0 END AS paid_at_start,
    CASE
      WHEN is_registered AND state = 'paid' AND NOT cancellations.customer_id IS NULL
      THEN 1
      ELSE 0
    END AS cancelled,
    COALESCE(trials_in_month.started, 0) AS trials_started,
    COALESCE(trials_in_month.ended, 0) AS trials_ended,
    COALESCE(trials_in_month.to_paid, 0) AS trial_to_paid
  FROM starts
  LEFT JOIN conversions
    ON conversions.customer_id = starts.customer_id AND conversions.month = starts.month
  LEFT JOIN cancellations
    ON cancellations.customer_id = starts.customer_id
    AND cancellations.month = starts.month
  LEFT JOIN trials_in_month
    ON trials_in_month.customer_id = starts.customer_id
    AND trials_in_month.month = starts.month
)
SELECT
  *
FROM (
  WITH counted AS (
    SELECT
      month,
      country,
      plan,
      SUM(free_at_start) AS free_at_start,
      SUM(converted) AS converted,
      SUM(paid_at_start) AS paid_at_start,
      SUM(cancelled) AS cancelled,
      SUM(trials_started) AS trials_started,
      SUM(trials_ended) AS trials_ended,
      SUM(trial_to_paid) AS trial_to_paid
    FROM monthly_conversion
    GROUP BY
      month,
      country,
      plan
  ), sliced AS (
    SELECT
      month,
      'all' AS slice,
      'all' AS slice_value,
      free_at_start,
      converted,
      paid_at_start,
      cancelled,
      trials_started,
      trials_ended,
      trial_to_paid
    FROM counted
    UNION ALL
    SELECT
      month,
      'country' AS slice,
      country AS slice_value,
      free_at_start,
      converted,
      paid_at_start,
      cancelled,
      trials_started,
      trials_ended,
      trial_to_paid
    FROM counted
    UNION ALL
    SELECT
      month,
      'plan' AS slice,
      plan AS slice_value,
      free_at_start,
      converted,
      paid_at_start,
      cancelled,
      trials_started,
      trials_ended,
      trial_to_paid
    FROM counted
    UNION ALL
    SELECT
      month,
      'all' AS slice,
      'all' AS slice_value,
      0 AS free_at_start,
      0 AS converted,
      0 AS paid_at_start,
      0 AS cancelled,
      0 AS trials_started,
      0 AS trials_ended,
      0 AS trial_to_paid
    FROM months
  ), totals AS (
    SELECT
      month,
      slice,
      slice_value,
      CAST(SUM(free_at_start) AS BIGINT) AS free_at_start,
      CAST(SUM(converted) AS BIGINT) AS converted,
      CAST(SUM(paid_at_start) AS BIGINT) AS paid_at_start,
      CAST(SUM(cancelled) AS BIGINT) AS cancelled,
      CAST(SUM(trials_started) AS BIGINT) AS trials_started,
      CAST(SUM(trials_ended) AS BIGINT) AS trials_ended,
      CAST(SUM(trial_to_paid) AS BIGINT) AS trial_to_paid
    FROM sliced
    GROUP BY
      month,
      slice,
      slice_value
  )
  SELECT
    totals.month,
    free_at_start,
    converted,
    paid_at_start,
    cancelled,
    CASE WHEN free_at_start > 0 THEN CAST(converted AS DOUBLE) / free_at_start END AS conversion_rate,
    CASE WHEN paid_at_start > 0 THEN CAST(cancelled AS DOUBLE) / paid_at_start END AS cancel_rate,
    CASE
      WHEN free_at_start + paid_at_start > 0
      THEN CAST(paid_at_start AS DOUBLE) / (
        free_at_start + paid_at_start
      )
    END AS paid_at_start_share,
    trials_started,
    trials_ended,
    trial_to_paid,
    totals.month = CAST(DATE_TRUNC('MONTH', CAST($p_first_date AS DATE)) AS DATE) AS is_first_month,
    CASE
      WHEN months.next_month <= CAST(CAST(TIMESTAMP_MICROS(EPOCH_US($p_final_before) - $p_renewal_grace_days * 86400000000) AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE)
      THEN 'final'
      ELSE 'provisional'
    END AS status,
    slice,
    slice_value
  FROM totals
  JOIN months
    ON months.month = totals.month
  WHERE
    slice = 'all'
    OR free_at_start + paid_at_start + trials_started + trials_ended > 0
)
