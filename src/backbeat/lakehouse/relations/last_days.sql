-- What each known customer did in the 28 days that end with a day, and in the 28 before them, a bit each, the last day's
-- the highest: days with a visit, and days on which they listened. A customer who did nothing in all these has no row.
-- Days lie in blocks of 28. A number holds two: `recent` a block and the one before it, `older` that one and the one before
-- that; divided by a power of 2, the days that are asked for are its lowest 28 bits.
with
known_days as (
  select
    customer_key, sessions > 0 as is_visit, plays > 0 or ms_played > 0 as is_listening,
    datediff(activity_date, :first_date) div 28 as block,
    cast(power(2, datediff(activity_date, :first_date) % 28) as bigint) as bit
  from gold.customer_day
  where activity_date between :first_date and :last_date
),
blocks as (
  select
    customer_key, block,
    bit_or(case when is_visit then bit else 0 end) as visits,
    bit_or(case when is_listening then bit else 0 end) as plays
  from known_days
  group by customer_key, block
),
in_runs as (
  select
    customer_key, block,
    visits * 268435456 as recent_visits, 0 as older_visits, plays * 268435456 as recent_plays, 0 as older_plays
  from blocks
  union all
  select
    customer_key, block + 1 as block,
    visits as recent_visits, visits * 268435456 as older_visits, plays as recent_plays, plays * 268435456 as older_plays
  from blocks
  union all
  select
    customer_key, block + 2 as block, 0 as recent_visits, visits as older_visits, 0 as recent_plays, plays as older_plays
  from blocks
),
runs as (
  select
    in_runs.customer_key, in_runs.block,
    bit_or(in_runs.recent_visits) as recent_visits, bit_or(in_runs.older_visits) as older_visits,
    bit_or(in_runs.recent_plays) as recent_plays, bit_or(in_runs.older_plays) as older_plays
  from in_runs
  join known_customers on known_customers.customer_key = in_runs.customer_key
  group by in_runs.customer_key, in_runs.block
)
select
  days.day,
  days.day_number,
  (runs.recent_visits div days.after_bits) % 268435456 as visits,
  (runs.older_visits div days.after_bits) % 268435456 as visits_before,
  (runs.recent_plays div days.after_bits) % 268435456 as plays,
  (runs.older_plays div days.after_bits) % 268435456 as plays_before
from (
  select day, day_number, (day_number - 1) div 28 as block, cast(power(2, (day_number - 1) % 28 + 1) as bigint) as after_bits
  from lake_days
) as days
join runs on runs.block = days.block
