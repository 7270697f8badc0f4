WITH first_sessions AS (
  SELECT
    *
  FROM gold.first_sessions
), known_customers AS (
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
), customer_buckets AS (
  /* Customers in equal parts by a hash of the id: leaving one part out after the other says how sure a change is. */
  SELECT
    customer_id,
    (
      (
        STRPOS('0123456789abcdef', SUBSTRING(hash, 1, 1)) - 1
      ) * 4096 + (
        STRPOS('0123456789abcdef', SUBSTRING(hash, 2, 1)) - 1
      ) * 256 + (
        STRPOS('0123456789abcdef', SUBSTRING(hash, 3, 1)) - 1
      ) * 16 + (
        STRPOS('0123456789abcdef', SUBSTRING(hash, 4, 1)) - 1
      )
    ) % $p_buckets AS bucket
  FROM (
    SELECT
      customer_id,
      MD5(customer_id) AS hash
    FROM known_customers
  )
), registered_customers AS (
  /* Customers registered by the window's end: by sign-up or first session, whichever is earlier; without a sign-up date, always. */
  SELECT
    known_customers.customer_id
  FROM known_customers
  LEFT JOIN first_sessions
    ON first_sessions.customer_id = known_customers.customer_id
  WHERE
    known_customers.signed_up_at IS NULL
    OR known_customers.signed_up_at < $p_to_at
    OR first_sessions.first_date <= $p_to
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
  WITH by_country AS (
    /* Where the customer lives, as registered. */
    SELECT
      customer_id,
      COALESCE(country, 'unknown') AS slice_value
    FROM known_customers
  ), sliced_customers AS (
    SELECT
      known_customers.customer_id,
      by_country.slice_value AS country,
      buckets.bucket
    FROM known_customers
    LEFT JOIN by_country
      ON by_country.customer_id = known_customers.customer_id
    JOIN customer_buckets AS buckets
      ON buckets.customer_id = known_customers.customer_id
  ), members AS (
    SELECT
      'session_adoption_rate' AS metric,
      m.customer_id,
      m.in_numerator
    FROM (
      SELECT
        registered_customers.customer_id,
        NOT active_customers.customer_id IS NULL AS in_numerator
      FROM registered_customers
      LEFT JOIN active_customers
        ON active_customers.customer_id = registered_customers.customer_id
    ) AS m
    UNION ALL
    SELECT
      'engaged_rate' AS metric,
      m.customer_id,
      m.in_numerator
    FROM (
      SELECT
        customer_id,
        sessions >= $p_threshold AS in_numerator
      FROM active_customers
    ) AS m
    UNION ALL
    SELECT
      'paid_share' AS metric,
      m.customer_id,
      m.in_numerator
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
    ) AS m
    UNION ALL
    SELECT
      'paid_share_at_end' AS metric,
      m.customer_id,
      m.in_numerator
    FROM (
      SELECT
        active_customers.customer_id,
        NOT periods.customer_id IS NULL AS in_numerator
      FROM active_customers
      LEFT JOIN gold.plan_periods AS periods
        ON periods.customer_id = active_customers.customer_id
        AND periods.state = 'paid'
        AND periods.valid_from < $p_to_at
        AND (
          periods.valid_to IS NULL OR periods.valid_to >= $p_to_at
        )
    ) AS m
  ), sliced_members AS (
    SELECT
      members.metric,
      members.in_numerator,
      COALESCE(sliced.country, 'unknown') AS country,
      COALESCE(sliced.bucket, 0) AS bucket
    FROM members
    LEFT JOIN sliced_customers AS sliced
      ON sliced.customer_id = members.customer_id
  )
  SELECT
    metric,
    country,
    bucket,
    COUNT(*) FILTER(WHERE
      in_numerator) AS numerator,
    COUNT(*) AS denominator
  FROM sliced_members
  GROUP BY
    metric,
    country,
    bucket
)
