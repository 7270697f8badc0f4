WITH features_known AS (
  /* Every feature, listed in features.yml or found as an event type. */
  SELECT DISTINCT
    feature,
    is_for_paid
  FROM gold.feature_types
), first_sessions AS (
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
), paid_subscriptions AS (
  /* What counts in paid_share: a paid plan, neither cancelled nor failed as far as its status says. */
  SELECT
    customer_id,
    effective_start_at,
    effective_end_at
  FROM classified_subscriptions
  WHERE
    is_paid
    AND (
      status IS NULL OR status IN ('active', 'trialing')
    )
    AND (
      effective_end_at IS NULL OR effective_end_at >= effective_start_at
    )
), feature_members AS (
  /* Known customers active in a month, with country and the plan at its last instant, and whether they pay in it. */
  WITH paid_days AS (
    SELECT
      customer_id,
      CAST(CAST(effective_start_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS from_date,
      CAST(CAST(effective_end_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS last_date
    FROM paid_subscriptions
  ), paying AS (
    SELECT DISTINCT
      paid_days.customer_id,
      months.month
    FROM paid_days
    JOIN months
      ON paid_days.from_date < months.next_month
      AND (
        paid_days.last_date IS NULL OR paid_days.last_date >= months.month
      )
  ), active AS (
    SELECT
      customer_key,
      CAST(DATE_TRUNC('MONTH', activity_date) AS DATE) AS month
    FROM visits
    GROUP BY
      customer_key,
      CAST(DATE_TRUNC('MONTH', activity_date) AS DATE)
  )
  SELECT
    customers.customer_id,
    customers.customer_key,
    active.month,
    NOT paying.customer_id IS NULL AS is_paying,
    customers.joined_date,
    customers.country,
    COALESCE(plan_days.plan, 'free') AS plan
  FROM active
  JOIN months
    ON months.month = active.month
  JOIN joined_customers AS customers
    ON customers.customer_key = active.customer_key
  LEFT JOIN paying
    ON paying.customer_id = customers.customer_id AND paying.month = active.month
  LEFT JOIN plan_days
    ON plan_days.customer_id = customers.customer_id
    AND plan_days.from_date < months.next_month
    AND (
      plan_days.to_date IS NULL OR plan_days.to_date >= months.next_month
    )
), feature_adopters AS (
  /* Members of feature_members who used a feature that they may use: how often, and how long after joining they first did. */
  WITH used AS (
    SELECT
      days.customer_id,
      shown_by.feature,
      CAST(DATE_TRUNC('MONTH', days.activity_date) AS DATE) AS month,
      CAST(SUM(days.uses) AS BIGINT) AS uses
    FROM gold.customer_event_day AS days
    JOIN gold.feature_types AS shown_by
      ON shown_by.event_type = days.event_type
    GROUP BY
      days.customer_id,
      shown_by.feature,
      CAST(DATE_TRUNC('MONTH', days.activity_date) AS DATE)
  ), first_used AS (
    SELECT
      first_uses.customer_id,
      shown_by.feature,
      MIN(first_uses.first_date) AS first_date
    FROM gold.first_uses AS first_uses
    JOIN gold.feature_types AS shown_by
      ON shown_by.event_type = first_uses.event_type
    GROUP BY
      first_uses.customer_id,
      shown_by.feature
  )
  SELECT
    used.customer_id,
    used.feature,
    used.month,
    members.country,
    members.plan,
    used.uses,
    CASE
      WHEN first_used.first_date >= used.month AND members.joined_date >= $p_first_date
      THEN DATE_DIFF('DAY', members.joined_date, first_used.first_date)
    END AS days_to_adopt
  FROM used
  JOIN features_known AS every_feature
    ON every_feature.feature = used.feature
  JOIN first_used
    ON first_used.customer_id = used.customer_id AND first_used.feature = used.feature
  JOIN feature_members AS members
    ON members.customer_id = used.customer_id
    AND members.month = used.month
    AND (
      members.is_paying OR NOT every_feature.is_for_paid
    )
  WHERE
    used.uses >= $p_min_uses
)
SELECT
  *
FROM (
  SELECT
    members.customer_key,
    features_known.feature,
    members.month,
    CAST(1 AS BIGINT) AS eligible,
    CAST(CASE WHEN NOT adopters.customer_id IS NULL THEN 1 ELSE 0 END AS BIGINT) AS adopters,
    CAST(adopters.uses AS DOUBLE) AS uses_per_adopter,
    CAST(adopters.days_to_adopt AS DOUBLE) AS median_days_to_adopt
  FROM feature_members AS members
  JOIN features_known
    ON members.is_paying OR NOT features_known.is_for_paid
  LEFT JOIN feature_adopters AS adopters
    ON adopters.customer_id = members.customer_id
    AND adopters.month = members.month
    AND adopters.feature = features_known.feature
)
