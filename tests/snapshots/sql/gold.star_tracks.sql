/* Every track that was played or skipped, too, known or not: without a name it is called by its id. */
WITH ids AS (
  SELECT
    track_id
  FROM silver.tracks
  UNION
  SELECT
    track_id
  FROM gold.track_daily
)
SELECT
  CAST(CONV(SUBSTRING(MD5(ids.track_id), 1, 15), 16, 10) AS BIGINT) AS track_key,
  COALESCE(tracks.track_name, ids.track_id) AS track_name,
  artists.artist_name,
  tracks.genre
FROM ids
LEFT JOIN silver.tracks AS tracks
  ON tracks.track_id = ids.track_id
LEFT JOIN silver.artists AS artists
  ON artists.artist_id = tracks.artist_id
