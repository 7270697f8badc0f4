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
), features AS (
  /* What customers can do (features.yml), a row per feature and event type that shows it. */
  SELECT
    $p_feature_names[nth] AS feature,
    $p_feature_types[nth] AS event_type,
    ARRAY_CONTAINS($p_paid_features, $p_feature_names[nth]) AS is_for_paid
  FROM (
    SELECT
      UNNEST(GENERATE_SERIES(1, ARRAY_LENGTH($p_feature_types))) AS nth
  )
), first_sessions AS (
  SELECT
    *
  FROM gold.first_sessions
), known_customers AS (
  SELECT
    *
  FROM gold.known_customers
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
  /* What was known of each registered customer when the day :to was over. Nothing that happened after it is read. */
  WITH days AS (
    SELECT
      customer_id,
      activity_date,
      DATE_DIFF('DAY', activity_date, $p_to) AS days_ago,
      sessions,
      plays,
      skips,
      ms_played,
      DATE_DIFF('DAY', CAST(DATE_TRUNC('WEEK', activity_date) AS DATE), activity_date) >= 5 AS is_weekend
    FROM gold.customer_day
    WHERE
      activity_date BETWEEN $p_to - 55 AND $p_to
  ), by_day AS (
    SELECT
      customer_id,
      SUM(sessions) FILTER(WHERE
        days_ago < 1) AS sessions_1,
      SUM(sessions) FILTER(WHERE
        days_ago < 7) AS sessions_7,
      SUM(sessions) FILTER(WHERE
        days_ago < 14) AS sessions_14,
      SUM(sessions) FILTER(WHERE
        days_ago < 28) AS sessions_28,
      SUM(sessions) FILTER(WHERE
        days_ago < 56) AS sessions_56,
      COUNT(*) FILTER(WHERE
        sessions > 0 AND days_ago < 1) AS active_days_1,
      COUNT(*) FILTER(WHERE
        sessions > 0 AND days_ago < 7) AS active_days_7,
      COUNT(*) FILTER(WHERE
        sessions > 0 AND days_ago < 14) AS active_days_14,
      COUNT(*) FILTER(WHERE
        sessions > 0 AND days_ago < 28) AS active_days_28,
      COUNT(*) FILTER(WHERE
        sessions > 0 AND days_ago < 56) AS active_days_56,
      MIN(days_ago) FILTER(WHERE
        sessions > 0) AS last_seen,
      SUM(sessions) FILTER(WHERE
        is_weekend AND days_ago < 28) AS weekend_sessions_28,
      SUM(sessions * sessions) FILTER(WHERE
        days_ago < 28) AS squares_28,
      SUM(plays) FILTER(WHERE
        days_ago < 7) AS plays_7,
      SUM(plays) FILTER(WHERE
        days_ago < 28) AS plays_28,
      SUM(plays) FILTER(WHERE
        days_ago < 56) AS plays_56,
      SUM(skips) FILTER(WHERE
        days_ago < 7) AS skips_7,
      SUM(skips) FILTER(WHERE
        days_ago < 28) AS skips_28,
      SUM(ms_played) FILTER(WHERE
        days_ago < 7) AS ms_played_7,
      SUM(ms_played) FILTER(WHERE
        days_ago < 28) AS ms_played_28
    FROM days
    GROUP BY
      customer_id
  ), started AS (
    SELECT
      customer_id,
      HOUR(CAST(started_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone) AS started_hour
    FROM silver.sessions
    WHERE
      session_date BETWEEN $p_to - 13 AND $p_to
  ), by_hour AS (
    SELECT
      customer_id,
      COUNT(*) AS sessions,
      COUNT(*) FILTER(WHERE
        started_hour < 6) AS night,
      COUNT(*) FILTER(WHERE
        started_hour BETWEEN 6 AND 11) AS morning,
      COUNT(*) FILTER(WHERE
        started_hour >= 18) AS evening
    FROM started
    GROUP BY
      customer_id
  ), on_device AS (
    SELECT
      customer_id,
      device,
      SUM(sessions) AS sessions
    FROM gold.customer_device_day
    WHERE
      activity_date BETWEEN $p_to - 27 AND $p_to
    GROUP BY
      customer_id,
      device
  ), by_device AS (
    SELECT
      customer_id,
      COUNT(*) AS devices,
      MAX(sessions) AS most,
      SUM(sessions) AS sessions
    FROM on_device
    GROUP BY
      customer_id
  ), by_play AS (
    SELECT
      customer_id,
      COUNT(*) FILTER(WHERE
        is_play) AS plays,
      COUNT(*) FILTER(WHERE
        is_completed) AS completed
    FROM track_playback
    WHERE
      event_date BETWEEN $p_to - 13 AND $p_to
    GROUP BY
      customer_id
  ), by_use AS (
    SELECT
      events.customer_id,
      COUNT(*) AS uses,
      COUNT(DISTINCT features.feature) AS features
    FROM silver.events AS events
    JOIN features
      ON features.event_type = events.event_type
    WHERE
      events.event_date BETWEEN $p_to - 27 AND $p_to
      AND NOT ARRAY_CONTAINS($p_play_types, events.event_type)
      AND NOT ARRAY_CONTAINS($p_skip_types, events.event_type)
    GROUP BY
      events.customer_id
  ), on_plan AS (
    SELECT
      customer_id,
      state,
      DATE_DIFF(
        'DAY',
        CAST(CAST(valid_from AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE),
        $p_to
      ) AS plan_age_days
    FROM gold.plan_periods
    WHERE
      valid_from < $p_to_at AND (
        valid_to IS NULL OR valid_to >= $p_to_at
      )
  ), signed_up AS (
    SELECT
      customer_id,
      DATE_DIFF(
        'DAY',
        CAST(CAST(signed_up_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE),
        $p_to
      ) AS tenure_days
    FROM known_customers
    WHERE
      signed_up_at < $p_to_at
  )
  SELECT
    customers.customer_id,
    CAST(COALESCE(by_day.sessions_1, 0) AS DOUBLE) AS sessions_1,
    CAST(COALESCE(by_day.sessions_7, 0) AS DOUBLE) AS sessions_7,
    CAST(COALESCE(by_day.sessions_14, 0) AS DOUBLE) AS sessions_14,
    CAST(COALESCE(by_day.sessions_28, 0) AS DOUBLE) AS sessions_28,
    CAST(COALESCE(by_day.sessions_56, 0) AS DOUBLE) AS sessions_56,
    CAST(COALESCE(by_day.active_days_1, 0) AS DOUBLE) AS active_days_1,
    CAST(COALESCE(by_day.active_days_7, 0) AS DOUBLE) AS active_days_7,
    CAST(COALESCE(by_day.active_days_14, 0) AS DOUBLE) AS active_days_14,
    CAST(COALESCE(by_day.active_days_28, 0) AS DOUBLE) AS active_days_28,
    CAST(COALESCE(by_day.active_days_56, 0) AS DOUBLE) AS active_days_56,
    CAST(LEAST(COALESCE(by_day.last_seen, 7), 7) AS DOUBLE) AS days_silent_7,
    CAST(LEAST(COALESCE(by_day.last_seen, 28), 28) AS DOUBLE) AS days_silent_28,
    CAST(LEAST(COALESCE(by_day.last_seen, 56), 56) AS DOUBLE) AS days_silent_56,
    CAST(COALESCE(by_day.sessions_7, 0) AS DOUBLE) / NULLIF(by_day.sessions_14, 0) AS sessions_7_of_14,
    CAST(COALESCE(by_day.sessions_7, 0) AS DOUBLE) / NULLIF(by_day.sessions_28, 0) AS sessions_7_of_28,
    CAST(COALESCE(by_day.sessions_28, 0) AS DOUBLE) / NULLIF(by_day.sessions_56, 0) AS sessions_28_of_56,
    COALESCE(
      SQRT(CAST(28 * by_day.squares_28 - by_day.sessions_28 * by_day.sessions_28 AS DOUBLE)) / 28,
      0
    ) AS sessions_spread_28,
    CAST(COALESCE(by_day.weekend_sessions_28, 0) AS DOUBLE) / NULLIF(by_day.sessions_28, 0) AS weekend_share_28,
    CAST(by_hour.night AS DOUBLE) / by_hour.sessions AS night_share_14,
    CAST(by_hour.morning AS DOUBLE) / by_hour.sessions AS morning_share_14,
    CAST(by_hour.evening AS DOUBLE) / by_hour.sessions AS evening_share_14,
    CAST(COALESCE(by_device.devices, 0) AS DOUBLE) AS devices_28,
    CAST(by_device.most AS DOUBLE) / by_device.sessions AS main_device_share_28,
    CAST(COALESCE(by_day.plays_7, 0) AS DOUBLE) AS plays_7,
    CAST(COALESCE(by_day.plays_28, 0) AS DOUBLE) AS plays_28,
    CAST(COALESCE(by_day.plays_56, 0) AS DOUBLE) AS plays_56,
    CAST(COALESCE(by_day.ms_played_7, 0) AS DOUBLE) / 3600000 AS hours_played_7,
    CAST(COALESCE(by_day.ms_played_28, 0) AS DOUBLE) / 3600000 AS hours_played_28,
    CAST(by_day.skips_7 AS DOUBLE) / NULLIF(by_day.plays_7 + by_day.skips_7, 0) AS skip_rate_7,
    CAST(by_day.skips_28 AS DOUBLE) / NULLIF(by_day.plays_28 + by_day.skips_28, 0) AS skip_rate_28,
    CAST(by_play.completed AS DOUBLE) / NULLIF(by_play.plays, 0) AS completion_rate_14,
    CAST(COALESCE(by_use.uses, 0) AS DOUBLE) AS feature_uses_28,
    CAST(COALESCE(by_use.features, 0) AS DOUBLE) AS features_used_28,
    CASE WHEN on_plan.state = 'paid' THEN CAST(1 AS DOUBLE) ELSE CAST(0 AS DOUBLE) END AS is_paid,
    CASE WHEN on_plan.state = 'trial' THEN CAST(1 AS DOUBLE) ELSE CAST(0 AS DOUBLE) END AS is_trial,
    CAST(on_plan.plan_age_days AS DOUBLE) AS plan_age_days,
    CAST(signed_up.tenure_days AS DOUBLE) AS tenure_days
  FROM registered_customers AS customers
  LEFT JOIN by_day
    ON by_day.customer_id = customers.customer_id
  LEFT JOIN by_hour
    ON by_hour.customer_id = customers.customer_id
  LEFT JOIN by_device
    ON by_device.customer_id = customers.customer_id
  LEFT JOIN by_play
    ON by_play.customer_id = customers.customer_id
  LEFT JOIN by_use
    ON by_use.customer_id = customers.customer_id
  LEFT JOIN on_plan
    ON on_plan.customer_id = customers.customer_id
  LEFT JOIN signed_up
    ON signed_up.customer_id = customers.customer_id
)
