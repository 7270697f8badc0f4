WITH known_customers AS (
  SELECT
    *
  FROM gold.known_customers
), lake_days AS (
  /* Every day from the first session's to as_of's, numbered from 1; of them those that are open. */
  WITH begun AS (
    SELECT
      CAST(day AS DATE) AS day
    FROM (
      SELECT
        UNNEST(
          GENERATE_SERIES(
            CAST($p_first_date AS DATE),
            CAST(GREATEST(CAST($p_first_date AS DATE), CAST($p_last_date AS DATE)) AS DATE),
            INTERVAL '1' DAY
          )
        ) AS day
    )
  )
  SELECT
    day,
    DATE_DIFF('DAY', $p_first_date, day) + 1 AS day_number
  FROM begun
  WHERE
    day <= $p_last_date AND day > $p_open_after
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
)
SELECT
  *
FROM (
  /* Days in blocks of 28, a bit each: 28 bits for the block, and below them 28 for the block before it. The 7 or 28 days */
  /* that end with a day are then a run of bits; customers with the same bits are counted together. */
  WITH blocks AS (
    SELECT
      customer_key,
      DATE_DIFF('DAY', $p_first_date, activity_date) // 28 AS block,
      BIT_OR(CAST(POWER(2, DATE_DIFF('DAY', $p_first_date, activity_date) % 28) AS BIGINT)) AS bits
    FROM visits
    WHERE
      activity_date <= $p_last_date
    GROUP BY
      customer_key,
      DATE_DIFF('DAY', $p_first_date, activity_date) // 28
  ), with_before AS (
    SELECT
      customer_key,
      block,
      bits * 268435456 AS bits
    FROM blocks
    UNION ALL
    SELECT
      customer_key,
      block + 1 AS block,
      bits
    FROM blocks
  ), patterns AS (
    SELECT
      customer_key,
      block,
      BIT_OR(bits) AS bits
    FROM with_before
    GROUP BY
      customer_key,
      block
  ), counted AS (
    SELECT
      block,
      bits,
      COUNT(*) AS customers
    FROM patterns
    GROUP BY
      block,
      bits
  ), by_day AS (
    SELECT
      lake_days.day,
      lake_days.day_number,
      counted.customers,
      (
        counted.bits // CAST(POWER(2, (
          lake_days.day_number - 1
        ) % 28 + 1) AS BIGINT)
      ) % 268435456 AS last_28
    FROM counted
    JOIN lake_days
      ON (
        lake_days.day_number - 1
      ) // 28 = counted.block
  ), in_window AS (
    SELECT
      day,
      7 AS window_days,
      BIT_COUNT(last_28 // 2097152) AS active_days,
      customers
    FROM by_day
    WHERE
      day_number >= 7
    UNION ALL
    SELECT
      day,
      28 AS window_days,
      BIT_COUNT(last_28) AS active_days,
      customers
    FROM by_day
    WHERE
      day_number >= 28
  )
  SELECT
    day AS activity_date,
    CAST(window_days AS BIGINT) AS window_days,
    CAST(active_days AS BIGINT) AS active_days,
    CAST(SUM(customers) AS BIGINT) AS customers
  FROM in_window
  WHERE
    active_days > 0
  GROUP BY
    day,
    window_days,
    active_days
)
