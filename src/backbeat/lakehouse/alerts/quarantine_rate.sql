-- Of the rows that the batches of a run read, the share that could not be taken.
select
  finished_at as time,
  cast(sum(rows_quarantined) as double) / sum(rows_read) as value
from ops.batches
where state = 'done' and source is not null
group by finished_at
having sum(rows_read) > 0
