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
), track_playback AS (
  /* Playback with what is known of its track; completed = a play of at least 99 % of a known duration. */
  SELECT
    playback.customer_id,
    playback.event_date,
    playback.track_id,
    tracks.artist_id,
    playback.is_play,
    playback.ms_played,
    playback.is_play
    AND COALESCE(100 * playback.ms_played >= 99 * tracks.duration_ms, FALSE) AS is_completed
  FROM playback
  LEFT JOIN silver.tracks AS tracks
    ON tracks.track_id = playback.track_id
)
SELECT
  *
FROM (
  WITH by_customer AS (
    SELECT
      artist_id,
      event_date,
      customer_id,
      COUNT(*) FILTER(WHERE
        is_play) AS plays,
      COUNT(*) FILTER(WHERE
        NOT is_play) AS skips,
      COUNT(*) FILTER(WHERE
        is_completed) AS completed,
      SUM(COALESCE(ms_played, 0)) AS ms_played
    FROM track_playback
    WHERE
      NOT artist_id IS NULL
    GROUP BY
      artist_id,
      event_date,
      customer_id
  )
  SELECT
    artist_id,
    event_date AS activity_date,
    CAST(SUM(plays) AS BIGINT) AS plays,
    COUNT(*) FILTER(WHERE
      plays > 0) AS listeners,
    CAST(SUM(skips) AS BIGINT) AS skips,
    CAST(SUM(completed) AS BIGINT) AS completed,
    CAST(SUM(ms_played) AS BIGINT) AS ms_played
  FROM by_customer
  GROUP BY
    artist_id,
    event_date
)
