WITH events_played AS (
  /* Every event, and whether it played or skipped something: a play lasted over 30 seconds or of unknown length; everything shorter is a skip. */
  SELECT
    event_id,
    customer_id,
    track_id,
    event_type,
    occurred_at,
    event_date,
    ms_played,
    ARRAY_CONTAINS($p_play_types, event_type)
    AND (
      ms_played IS NULL OR ms_played > 30000
    ) AS is_play,
    ARRAY_CONTAINS($p_play_types, event_type)
    OR ARRAY_CONTAINS($p_skip_types, event_type) AS is_playback
  FROM silver.events
), playback AS (
  /* Events that played or skipped something. */
  SELECT
    event_id,
    customer_id,
    track_id,
    occurred_at,
    event_date,
    ms_played,
    is_play
  FROM events_played
  WHERE
    is_playback
)
SELECT
  *
FROM (
  /* Every window from the first session's to as_of's. A window without a session is 0 where the feed was alive */
  /* (a session or an event in the hour before it, in it, or in the hour after it), else it has no data. */
  /* Plays count in the window they began in. */
  WITH sessions AS (
    SELECT
      customer_id,
      _batch_id,
      CAST(FLOOR(EPOCH_US(started_at) / 300000000) AS BIGINT) * 300000000 AS window_micros
    FROM silver.sessions
  ), by_customer AS (
    SELECT
      sessions.window_micros,
      sessions.customer_id,
      COUNT(*) AS sessions,
      SUM(
        CASE
          WHEN sessions.window_micros + 300000000 <= EPOCH_US(batches.final_before)
          THEN 1
          ELSE 0
        END
      ) AS late_sessions
    FROM sessions
    LEFT JOIN ops.batches AS batches
      ON batches.batch_id = sessions._batch_id
    GROUP BY
      sessions.window_micros,
      sessions.customer_id
  ), by_window AS (
    SELECT
      window_micros,
      SUM(sessions) AS sessions,
      COUNT(*) AS customers,
      SUM(late_sessions) AS late_sessions
    FROM by_customer
    GROUP BY
      window_micros
  ), by_play AS (
    SELECT
      window_micros,
      COUNT(*) AS plays
    FROM (
      SELECT
        CAST(FLOOR(EPOCH_US(occurred_at) / 300000000) AS BIGINT) * 300000000 AS window_micros
      FROM playback
      WHERE
        is_play
    )
    GROUP BY
      window_micros
  ), alive AS (
    SELECT
      window_micros
    FROM by_window
    UNION
    SELECT
      CAST(FLOOR(EPOCH_US(occurred_at) / 300000000) AS BIGINT) * 300000000 AS window_micros
    FROM silver.events
  ), hours AS (
    SELECT
      UNNEST(
        GENERATE_SERIES(
          CAST(FLOOR(EPOCH_US(CAST($p_first_at AS TIMESTAMPTZ)) / 300000000) AS BIGINT) - 12,
          CAST(FLOOR(EPOCH_US(CAST($p_as_of AS TIMESTAMPTZ)) / 300000000) AS BIGINT) + 12
        )
      ) AS window_number
  ), windows AS (
    SELECT
      hours.window_number * 300000000 AS window_micros,
      MAX(CASE WHEN NOT alive.window_micros IS NULL THEN 1 ELSE 0 END) OVER (
        ORDER BY hours.window_number NULLS FIRST
        rows BETWEEN 12 preceding AND 12 following
      ) AS is_alive
    FROM hours
    LEFT JOIN alive
      ON alive.window_micros = hours.window_number * 300000000
  ), counted AS (
    SELECT
      TIMESTAMP_MICROS(windows.window_micros) AS window_start,
      TIMESTAMP_MICROS(windows.window_micros + 300000000) AS window_end,
      CASE WHEN windows.is_alive = 1 THEN COALESCE(by_window.sessions, 0) END AS sessions,
      CASE WHEN windows.is_alive = 1 THEN COALESCE(by_window.customers, 0) END AS customers,
      CASE WHEN windows.is_alive = 1 THEN COALESCE(by_play.plays, 0) END AS plays,
      COALESCE(by_window.late_sessions, 0) AS late_sessions
    FROM windows
    LEFT JOIN by_window
      ON by_window.window_micros = windows.window_micros
    LEFT JOIN by_play
      ON by_play.window_micros = windows.window_micros
  )
  SELECT
    window_start,
    window_end,
    CAST(sessions AS BIGINT) AS sessions,
    CAST(customers AS BIGINT) AS customers,
    CAST(plays AS BIGINT) AS plays,
    CAST(late_sessions AS BIGINT) AS late_sessions,
    CASE
      WHEN sessions IS NULL
      THEN 'no_data'
      WHEN window_end <= $p_final_before
      THEN 'final'
      ELSE 'provisional'
    END AS status,
    CAST(CAST(window_start AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS window_date
  FROM counted
  WHERE
    window_end > CAST($p_first_at AS TIMESTAMPTZ)
    AND window_start <= CAST($p_as_of AS TIMESTAMPTZ)
)
