-- How long the newest file of a run's batches waited until it was published: the freshness that readers have.
select
  batches.finished_at as time,
  cast(unix_micros(batches.finished_at) - unix_micros(max(files.modified_at)) as double) / 60000000 as value
from ops.batches as batches
join ops.files as files on files.batch_id = batches.batch_id
where batches.state = 'done' and batches.rows_read > 0
group by batches.finished_at
