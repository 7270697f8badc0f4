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
)
SELECT
  *
FROM (
  SELECT
    customer_id,
    event_date AS activity_date,
    event_type,
    COUNT(*) AS uses,
    COUNT(*) FILTER(WHERE
      is_play) AS plays,
    COUNT(*) FILTER(WHERE
      is_playback AND NOT is_play) AS skips,
    CAST(SUM(CASE WHEN is_playback THEN COALESCE(ms_played, 0) ELSE 0 END) AS BIGINT) AS ms_played
  FROM events_played
  WHERE
    NOT event_type IS NULL
  GROUP BY
    customer_id,
    event_date,
    event_type
)
