WITH first_sessions AS (
  SELECT
    *
  FROM gold.first_sessions
), known_customers AS (
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
  /* Whoever came in these 28 days and not in those before is new, or has come back after at least 28 days without a visit. */
  /* The highest bit of 28 is 134217728, the seven highest begin at 2097152, the two highest, days 29 and 30, at 67108864. */
  WITH came AS (
    SELECT
      day,
      SUM(CASE WHEN visits >= 134217728 THEN 1 ELSE 0 END) AS dau,
      SUM(CASE WHEN visits >= 2097152 THEN 1 ELSE 0 END) AS wau,
      SUM(CASE WHEN visits > 0 THEN 1 ELSE 0 END) AS mau,
      SUM(CASE WHEN visits > 0 AND visits_before = 0 THEN 1 ELSE 0 END) AS not_before,
      SUM(CASE WHEN visits = 0 AND visits_before > 0 THEN 1 ELSE 0 END) AS dormant,
      SUM(CASE WHEN plays >= 134217728 THEN 1 ELSE 0 END) AS dau_listeners,
      SUM(CASE WHEN plays > 0 OR plays_before >= 67108864 THEN 1 ELSE 0 END) AS mau_listeners
    FROM last_days
    GROUP BY
      day
  ), begun AS (
    SELECT
      first_sessions.first_date,
      COUNT(*) AS customers
    FROM first_sessions
    JOIN known_customers
      ON known_customers.customer_id = first_sessions.customer_id
    GROUP BY
      first_sessions.first_date
  ), new AS (
    SELECT
      lake_days.day,
      SUM(begun.customers) AS customers
    FROM lake_days
    JOIN begun
      ON begun.first_date BETWEEN lake_days.day - 27 AND lake_days.day
    GROUP BY
      lake_days.day
  ), numbered AS (
    SELECT
      lake_days.day,
      lake_days.day_number,
      CAST(COALESCE(came.dau, 0) AS BIGINT) AS dau,
      CAST(COALESCE(came.wau, 0) AS BIGINT) AS wau,
      CAST(COALESCE(came.mau, 0) AS BIGINT) AS mau,
      CAST(COALESCE(new.customers, 0) AS BIGINT) AS new_customers,
      CAST(COALESCE(came.not_before, 0) - COALESCE(new.customers, 0) AS BIGINT) AS resurrected,
      CAST(COALESCE(came.dormant, 0) AS BIGINT) AS dormant,
      CAST(COALESCE(came.dau_listeners, 0) AS BIGINT) AS dau_listeners,
      CAST(COALESCE(came.mau_listeners, 0) AS BIGINT) AS mau_listeners,
      EXISTS(
        SELECT
          1 AS x
        FROM silver.events
        LIMIT 1
      ) AS has_events
    FROM lake_days
    LEFT JOIN came
      ON came.day = lake_days.day
    LEFT JOIN new
      ON new.day = lake_days.day
  )
  SELECT
    day AS activity_date,
    dau,
    CASE WHEN day_number >= 7 THEN wau END AS wau,
    CASE WHEN day_number >= 28 THEN mau END AS mau,
    CASE WHEN day_number >= 28 AND mau > 0 THEN CAST(dau AS DOUBLE) / mau END AS stickiness,
    CASE WHEN day_number >= 56 THEN new_customers END AS new_customers,
    CASE WHEN day_number >= 56 THEN mau - new_customers - resurrected END AS "returning",
    CASE WHEN day_number >= 56 THEN resurrected END AS resurrected,
    CASE WHEN day_number >= 56 THEN dormant END AS dormant,
    CASE
      WHEN day_number >= 56 AND dormant > 0
      THEN CAST(new_customers + resurrected AS DOUBLE) / dormant
    END AS quick_ratio,
    CASE WHEN has_events THEN dau_listeners END AS dau_listeners,
    CASE WHEN has_events AND day_number >= 30 THEN mau_listeners END AS mau_listeners
  FROM numbered
)
