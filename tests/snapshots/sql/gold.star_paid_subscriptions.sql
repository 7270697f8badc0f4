WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
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
  SELECT
    CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key,
    ROW_NUMBER() OVER (
      PARTITION BY customer_id
      ORDER BY effective_start_at NULLS FIRST, effective_end_at
    ) AS period_number,
    CAST(CAST(effective_start_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS from_date,
    CAST(CAST(effective_end_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS last_date
  FROM paid_subscriptions
)
