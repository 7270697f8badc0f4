-- The number of a customer is counted anew only where there was no session.
with
days as (
  select customer_id, activity_date, sessions, 0 as plays, 0 as skips, 0 as ms_played, customer_key
  from gold.customer_device_day
  union all
  select customer_id, activity_date, 0 as sessions, plays, skips, ms_played, null as customer_key
  from gold.customer_event_day
  where plays + skips > 0
)
select
  customer_id, activity_date,
  cast(sum(sessions) as bigint) as sessions,
  cast(sum(plays) as bigint) as plays,
  cast(sum(skips) as bigint) as skips,
  cast(sum(ms_played) as bigint) as ms_played,
  coalesce(max(customer_key), cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint)) as customer_key
from days
group by customer_id, activity_date
