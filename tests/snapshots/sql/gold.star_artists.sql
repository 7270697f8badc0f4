/* Every artist of a track, too, known or not: without a name it is called by its id. */
WITH ids AS (
  SELECT
    artist_id
  FROM silver.artists
  UNION
  SELECT
    artist_id
  FROM gold.artist_daily
)
SELECT
  CAST(CONV(SUBSTRING(MD5(ids.artist_id), 1, 15), 16, 10) AS BIGINT) AS artist_key,
  COALESCE(artists.artist_name, ids.artist_id) AS artist_name
FROM ids
LEFT JOIN silver.artists AS artists
  ON artists.artist_id = ids.artist_id
