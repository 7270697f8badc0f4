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
)
SELECT
  *
FROM (
  /* Somebody who comes on a day counts from it until 7, 28 or 30 days later, or until the next visit where that is sooner. */
  /* So every visit is one span of days a number, no two spans of a customer overlap, and what is true of a day is how many */
  /* spans hold it: those that began by then, less those that ended. */
  /* No number of a day asks for more of a visit over 55 days before it than whether one was the first: when open days alone */
  /* are counted, that is all that is known of older ones. */
  WITH known_days AS (
    SELECT
      customers.customer_key,
      days.activity_date AS came_on,
      days.sessions > 0 AS is_visit,
      days.plays > 0 OR days.ms_played > 0 AS is_listening
    FROM gold.customer_day AS days
    JOIN known_customers AS customers
      ON customers.customer_key = days.customer_key
    UNION ALL
    SELECT
      customers.customer_key,
      first_sessions.first_date AS came_on,
      TRUE AS is_visit,
      FALSE AS is_listening
    FROM gold.first_sessions AS first_sessions
    JOIN known_customers AS customers
      ON customers.customer_id = first_sessions.customer_id
    WHERE
      first_sessions.first_date <= CAST(CAST($p_open_after AS DATE) - 55 AS DATE)
  ), seen AS (
    SELECT
      came_on,
      LEAD(came_on) OVER (PARTITION BY customer_key ORDER BY came_on NULLS FIRST) AS back_on,
      LAG(came_on) OVER (PARTITION BY customer_key ORDER BY came_on NULLS FIRST) IS NULL AS is_first
    FROM known_days
    WHERE
      is_visit
  ), came AS (
    SELECT
      came_on,
      back_on,
      is_first,
      COUNT(*) AS customers
    FROM seen
    GROUP BY
      came_on,
      back_on,
      is_first
  ), listening AS (
    SELECT
      came_on,
      LEAD(came_on) OVER (PARTITION BY customer_key ORDER BY came_on NULLS FIRST) AS back_on
    FROM known_days
    WHERE
      is_listening
  ), listened AS (
    SELECT
      came_on,
      back_on,
      COUNT(*) AS customers
    FROM listening
    GROUP BY
      came_on,
      back_on
  ), spans AS (
    SELECT
      'dau' AS number,
      came_on AS from_day,
      came_on + 1 AS to_day,
      customers
    FROM came
    UNION ALL
    SELECT
      'wau' AS number,
      came_on AS from_day,
      LEAST(back_on, came_on + 7) AS to_day,
      customers
    FROM came
    UNION ALL
    SELECT
      'mau' AS number,
      came_on AS from_day,
      LEAST(back_on, came_on + 28) AS to_day,
      customers
    FROM came
    UNION ALL
    SELECT
      'new' AS number,
      came_on AS from_day,
      came_on + 28 AS to_day,
      customers
    FROM came
    WHERE
      is_first
    UNION ALL
    /* 28 days after a visit its customer is missed, for as long as these 28 days before have a visit. */
    SELECT
      'dormant' AS number,
      came_on + 28 AS from_day,
      LEAST(back_on, came_on + 56) AS to_day,
      customers
    FROM came
    WHERE
      back_on IS NULL OR back_on > came_on + 28
    UNION ALL
    /* Whoever comes back later than that is resurrected, once the last visit is no longer among the 28 days before. */
    SELECT
      'resurrected' AS number,
      GREATEST(back_on, came_on + 56) AS from_day,
      back_on + 28 AS to_day,
      customers
    FROM came
    WHERE
      back_on > came_on + 28
    UNION ALL
    SELECT
      'dau_listeners' AS number,
      came_on AS from_day,
      came_on + 1 AS to_day,
      customers
    FROM listened
    UNION ALL
    SELECT
      'mau_listeners' AS number,
      came_on AS from_day,
      LEAST(back_on, came_on + 30) AS to_day,
      customers
    FROM listened
  ), changes AS (
    SELECT
      from_day AS day,
      number,
      customers AS change
    FROM spans
    UNION ALL
    SELECT
      to_day AS day,
      number,
      -customers AS change
    FROM spans
    UNION ALL
    SELECT
      day,
      'none' AS number,
      0 AS change
    FROM lake_days
  ), daily AS (
    SELECT
      day,
      SUM(CASE WHEN number = 'dau' THEN change ELSE 0 END) AS dau,
      SUM(CASE WHEN number = 'wau' THEN change ELSE 0 END) AS wau,
      SUM(CASE WHEN number = 'mau' THEN change ELSE 0 END) AS mau,
      SUM(CASE WHEN number = 'new' THEN change ELSE 0 END) AS new,
      SUM(CASE WHEN number = 'dormant' THEN change ELSE 0 END) AS dormant,
      SUM(CASE WHEN number = 'resurrected' THEN change ELSE 0 END) AS resurrected,
      SUM(CASE WHEN number = 'dau_listeners' THEN change ELSE 0 END) AS dau_listeners,
      SUM(CASE WHEN number = 'mau_listeners' THEN change ELSE 0 END) AS mau_listeners
    FROM changes
    GROUP BY
      day
  ), totals AS (
    SELECT
      day,
      CAST(SUM(dau) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS dau,
      CAST(SUM(wau) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS wau,
      CAST(SUM(mau) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS mau,
      CAST(SUM(new) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS new_customers,
      CAST(SUM(dormant) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS dormant,
      CAST(SUM(resurrected) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS resurrected,
      CAST(SUM(dau_listeners) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS dau_listeners,
      CAST(SUM(mau_listeners) OVER (ORDER BY day NULLS FIRST) AS BIGINT) AS mau_listeners
    FROM daily
  ), numbered AS (
    SELECT
      totals.*,
      lake_days.day_number,
      EXISTS(
        SELECT
          1 AS x
        FROM silver.events
        LIMIT 1
      ) AS has_events
    FROM totals
    JOIN lake_days
      ON lake_days.day = totals.day
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
