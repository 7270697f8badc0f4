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
)
SELECT
  *
FROM (
  /* At any instant the subscription with the latest start counts; pieces between starts and ends are then joined again. */
  WITH edges AS (
    SELECT
      customer_id,
      covers_from AS edge_at
    FROM covers
    UNION
    SELECT
      customer_id,
      covers_to AS edge_at
    FROM covers
    WHERE
      NOT covers_to IS NULL
  ), pieces AS (
    SELECT
      customer_id,
      edge_at AS piece_from,
      LEAD(edge_at) OVER (PARTITION BY customer_id ORDER BY edge_at NULLS FIRST) AS piece_to
    FROM edges
  ), ranked AS (
    SELECT
      pieces.customer_id,
      pieces.piece_from,
      pieces.piece_to,
      covers.plan,
      covers.state,
      ROW_NUMBER() OVER (
        PARTITION BY pieces.customer_id, pieces.piece_from
        ORDER BY covers.covers_from DESC, covers.subscription_id DESC
      ) AS nth
    FROM pieces
    JOIN covers
      ON covers.customer_id = pieces.customer_id
      AND covers.covers_from <= pieces.piece_from
      AND (
        covers.covers_to IS NULL OR covers.covers_to > pieces.piece_from
      )
  ), marked AS (
    SELECT
      customer_id,
      piece_from,
      piece_to,
      plan,
      state,
      CASE
        WHEN LAG(piece_to) OVER (PARTITION BY customer_id ORDER BY piece_from NULLS FIRST) = piece_from
        AND LAG(plan) OVER (PARTITION BY customer_id ORDER BY piece_from NULLS FIRST) = plan
        AND LAG(state) OVER (PARTITION BY customer_id ORDER BY piece_from NULLS FIRST) = state
        THEN 0
        ELSE 1
      END AS is_new
    FROM ranked
    WHERE
      nth = 1
  ), numbered AS (
    SELECT
      *,
      SUM(is_new) OVER (
        PARTITION BY customer_id
        ORDER BY piece_from NULLS FIRST
        rows BETWEEN UNBOUNDED preceding AND CURRENT ROW
      ) AS period
    FROM marked
  )
  SELECT
    customer_id,
    MIN(piece_from) AS valid_from,
    CASE WHEN COUNT(*) = COUNT(piece_to) THEN MAX(piece_to) END AS valid_to,
    plan,
    state
  FROM numbered
  GROUP BY
    customer_id,
    period,
    plan,
    state
)
