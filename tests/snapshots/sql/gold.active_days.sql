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
), last_days AS (
  /* What each known customer did in the 28 days that end with a day, and in the 28 before them, a bit each, the last day's */
  /* the highest: days with a visit, and days on which they listened. A customer who did nothing in all these has no row. */
  /* Days lie in blocks of 28. A number holds two: `recent` a block and the one before it, `older` that one and the one before */
  /* that; divided by a power of 2, the days that are asked for are its lowest 28 bits. */
  WITH known_days AS (
    SELECT
      customer_key,
      sessions > 0 AS is_visit,
      plays > 0 OR ms_played > 0 AS is_listening,
      DATE_DIFF('DAY', $p_first_date, activity_date) // 28 AS block,
      CAST(POWER(2, DATE_DIFF('DAY', $p_first_date, activity_date) % 28) AS BIGINT) AS bit
    FROM gold.customer_day
    WHERE
      activity_date BETWEEN $p_first_date AND $p_last_date
  ), blocks AS (
    SELECT
      customer_key,
      block,
      BIT_OR(CASE WHEN is_visit THEN bit ELSE 0 END) AS visits,
      BIT_OR(CASE WHEN is_listening THEN bit ELSE 0 END) AS plays
    FROM known_days
    GROUP BY
      customer_key,
      block
  ), in_runs AS (
    SELECT
      customer_key,
      block,
      visits * 268435456 AS recent_visits,
      0 AS older_visits,
      plays * 268435456 AS recent_plays,
      0 AS older_plays
    FROM blocks
    UNION ALL
    SELECT
      customer_key,
      block + 1 AS block,
      visits AS recent_visits,
      visits * 268435456 AS older_visits,
      plays AS recent_plays,
      plays * 268435456 AS older_plays
    FROM blocks
    UNION ALL
    SELECT
      customer_key,
      block + 2 AS block,
      0 AS recent_visits,
      visits AS older_visits,
      0 AS recent_plays,
      plays AS older_plays
    FROM blocks
  ), runs AS (
    SELECT
      in_runs.customer_key,
      in_runs.block,
      BIT_OR(in_runs.recent_visits) AS recent_visits,
      BIT_OR(in_runs.older_visits) AS older_visits,
      BIT_OR(in_runs.recent_plays) AS recent_plays,
      BIT_OR(in_runs.older_plays) AS older_plays
    FROM in_runs
    JOIN known_customers
      ON known_customers.customer_key = in_runs.customer_key
    GROUP BY
      in_runs.customer_key,
      in_runs.block
  )
  SELECT
    days.day,
    days.day_number,
    (
      runs.recent_visits // days.after_bits
    ) % 268435456 AS visits,
    (
      runs.older_visits // days.after_bits
    ) % 268435456 AS visits_before,
    (
      runs.recent_plays // days.after_bits
    ) % 268435456 AS plays,
    (
      runs.older_plays // days.after_bits
    ) % 268435456 AS plays_before
  FROM (
    SELECT
      day,
      day_number,
      (
        day_number - 1
      ) // 28 AS block,
      CAST(POWER(2, (
        day_number - 1
      ) % 28 + 1) AS BIGINT) AS after_bits
    FROM lake_days
  ) AS days
  JOIN runs
    ON runs.block = days.block
)
SELECT
  *
FROM (
  /* Bits are counted: of 28 all, of 7 the highest, which begin at 2097152. */
  WITH in_window AS (
    SELECT
      day,
      7 AS window_days,
      BIT_COUNT(visits // 2097152) AS active_days
    FROM last_days
    WHERE
      day_number >= 7
    UNION ALL
    SELECT
      day,
      28 AS window_days,
      BIT_COUNT(visits) AS active_days
    FROM last_days
    WHERE
      day_number >= 28
  )
  SELECT
    day AS activity_date,
    CAST(window_days AS BIGINT) AS window_days,
    CAST(active_days AS BIGINT) AS active_days,
    COUNT(*) AS customers
  FROM in_window
  WHERE
    active_days > 0
  GROUP BY
    day,
    window_days,
    active_days
)
