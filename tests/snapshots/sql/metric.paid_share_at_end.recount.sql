/* Straight from silver, by the definition's words: of the subscriptions that hold the last instant the latest one counts. */
WITH known AS (
  SELECT
    customers.customer_id,
    customers.signed_up_at
  FROM silver.customers AS customers
  LEFT JOIN gold.excluded_customers AS excluded
    ON excluded.customer_id = customers.customer_id
  WHERE
    excluded.customer_id IS NULL
), came AS (
  SELECT DISTINCT
    known.customer_id
  FROM known
  JOIN silver.sessions AS sessions
    ON sessions.customer_id = known.customer_id
  WHERE
    sessions.started_at >= $p_from_at AND sessions.started_at < $p_to_at
), last_plans AS (
  SELECT
    customer_id,
    subscription_type,
    amount_paid,
    status,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY effective_start_at DESC, subscription_id DESC) AS nth
  FROM silver.subscriptions
  WHERE
    effective_start_at < $p_to_at
    AND (
      effective_end_at IS NULL OR EPOCH_US(effective_end_at) >= EPOCH_US($p_to_at) - 1
    )
), paying AS (
  SELECT
    customer_id
  FROM last_plans
  WHERE
    nth = 1
    AND NOT COALESCE(LOWER(TRIM(status, ' ')) = 'trialing' OR subscription_type ILIKE '%trial%', FALSE)
    AND (
      NULLIF(TRIM(subscription_type, ' '), '') IS NULL
      AND amount_paid > 0
      OR NOT NULLIF(TRIM(subscription_type, ' '), '') IS NULL
      AND NOT subscription_type ILIKE '%free%'
    )
)
SELECT
  COUNT(*) FILTER(WHERE
    customer_id IN (
      SELECT
        customer_id
      FROM paying
    )) AS numerator,
  COUNT(*) AS denominator
FROM came
