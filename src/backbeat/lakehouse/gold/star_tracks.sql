-- Every track that was played or skipped, too, known or not: without a name it is called by its id.
with
ids as (
  select track_id from silver.tracks
  union
  select track_id from gold.track_daily
)
select
  cast(conv(substr(md5(ids.track_id), 1, 15), 16, 10) as bigint) as track_key,
  coalesce(tracks.track_name, ids.track_id) as track_name,
  artists.artist_name,
  tracks.genre
from ids
left join silver.tracks as tracks on tracks.track_id = ids.track_id
left join silver.artists as artists on artists.artist_id = tracks.artist_id
