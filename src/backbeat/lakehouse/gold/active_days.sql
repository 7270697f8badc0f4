-- Bits are counted: of 28 all, of 7 the highest, which begin at 2097152.
with
in_window as (
  select day, 7 as window_days, bit_count(visits div 2097152) as active_days
  from last_days
  where day_number >= 7
  union all
  select day, 28 as window_days, bit_count(visits) as active_days
  from last_days
  where day_number >= 28
)
select
  day as activity_date,
  cast(window_days as bigint) as window_days,
  cast(active_days as bigint) as active_days,
  count(*) as customers
from in_window
where active_days > 0
group by day, window_days, active_days
