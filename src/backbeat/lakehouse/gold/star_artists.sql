-- Every artist of a track, too, known or not: without a name it is called by its id.
with
ids as (
  select artist_id from silver.artists
  union
  select artist_id from gold.artist_daily
)
select
  cast(conv(substr(md5(ids.artist_id), 1, 15), 16, 10) as bigint) as artist_key,
  coalesce(artists.artist_name, ids.artist_id) as artist_name
from ids
left join silver.artists as artists on artists.artist_id = ids.artist_id
