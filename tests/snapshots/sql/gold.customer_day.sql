WITH playback AS (
  /* Events that played something: a play lasted over 30 seconds or of unknown length; everything shorter is a skip. */
  SELECT
    event_id,
    customer_id,
    track_id,
    occurred_at,
    event_date,
    ms_played,
    ARRAY_CONTAINS($p_play_types, event_type)
    AND (
      ms_played IS NULL OR ms_played > 30000
    ) AS is_play
  FROM silver.events
  WHERE
    ARRAY_CONTAINS($p_play_types, event_type)
    OR ARRAY_CONTAINS($p_skip_types, event_type)
)
SELECT
  *
FROM (
  WITH session_days AS (
    SELECT
      customer_id,
      session_date AS activity_date,
      COUNT(*) AS sessions
    FROM silver.sessions
    GROUP BY
      customer_id,
      session_date
  ), playback_days AS (
    SELECT
      customer_id,
      event_date AS activity_date,
      COUNT(*) FILTER(WHERE
        is_play) AS plays,
      COUNT(*) FILTER(WHERE
        NOT is_play) AS skips,
      SUM(COALESCE(ms_played, 0)) AS ms_played
    FROM playback
    GROUP BY
      customer_id,
      event_date
  ), days AS (
    SELECT
      customer_id,
      activity_date,
      sessions,
      0 AS plays,
      0 AS skips,
      0 AS ms_played
    FROM session_days
    UNION ALL
    SELECT
      customer_id,
      activity_date,
      0 AS sessions,
      plays,
      skips,
      ms_played
    FROM playback_days
  )
  SELECT
    customer_id,
    activity_date,
    CAST(SUM(sessions) AS BIGINT) AS sessions,
    CAST(SUM(plays) AS BIGINT) AS plays,
    CAST(SUM(skips) AS BIGINT) AS skips,
    CAST(SUM(ms_played) AS BIGINT) AS ms_played,
    CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key
  FROM days
  GROUP BY
    customer_id,
    activity_date
)
