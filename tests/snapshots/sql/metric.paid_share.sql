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
)
SELECT
  *
FROM (
  WITH paying AS (
    SELECT DISTINCT
      customer_id
    FROM paid_subscriptions
    WHERE
      effective_start_at < $p_to_at
      AND (
        effective_end_at IS NULL OR effective_end_at >= $p_from_at
      )
  )
  SELECT
    active_customers.customer_id,
    NOT paying.customer_id IS NULL AS in_numerator
  FROM active_customers
  LEFT JOIN paying
    ON paying.customer_id = active_customers.customer_id
)
