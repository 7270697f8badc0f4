-- Days in blocks of 28, a bit each, of visits and of days on which somebody listened. A number holds two blocks: `recent`
-- a block and the one before it, `older` that one and the one before that. Divided by a power of 2, the 28 days that end
-- with a day, and the 28 before them, are a run of bits each, the last day's the highest.
-- Whoever came in these 28 days and not in those before is new, or has come back after at least 28 days without a visit.
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
),
last_days as (
  select
    days.day,
    (runs.recent_visits div days.after_bits) % 268435456 as visits,
    (runs.older_visits div days.after_bits) % 268435456 as visits_before,
    (runs.recent_plays div days.after_bits) % 268435456 as plays,
    (runs.older_plays div days.after_bits) % 268435456 as plays_before
  from (
    select day, (day_number - 1) div 28 as block, cast(power(2, (day_number - 1) % 28 + 1) as bigint) as after_bits
    from lake_days
  ) as days
  join runs on runs.block = days.block
),
-- The highest bit of 28 is 134217728, the seven highest begin at 2097152, the two highest, days 29 and 30, at 67108864.
came as (
  select
    day,
    sum(case when visits >= 134217728 then 1 else 0 end) as dau,
    sum(case when visits >= 2097152 then 1 else 0 end) as wau,
    sum(case when visits > 0 then 1 else 0 end) as mau,
    sum(case when visits > 0 and visits_before = 0 then 1 else 0 end) as not_before,
    sum(case when visits = 0 and visits_before > 0 then 1 else 0 end) as dormant,
    sum(case when plays >= 134217728 then 1 else 0 end) as dau_listeners,
    sum(case when plays > 0 or plays_before >= 67108864 then 1 else 0 end) as mau_listeners
  from last_days
  group by day
),
begun as (
  select first_sessions.first_date, count(*) as customers
  from first_sessions
  join known_customers on known_customers.customer_id = first_sessions.customer_id
  group by first_sessions.first_date
),
new as (
  select lake_days.day, sum(begun.customers) as customers
  from lake_days
  join begun on begun.first_date between lake_days.day - 27 and lake_days.day
  group by lake_days.day
),
numbered as (
  select
    lake_days.day, lake_days.day_number,
    cast(coalesce(came.dau, 0) as bigint) as dau,
    cast(coalesce(came.wau, 0) as bigint) as wau,
    cast(coalesce(came.mau, 0) as bigint) as mau,
    cast(coalesce(new.customers, 0) as bigint) as new_customers,
    cast(coalesce(came.not_before, 0) - coalesce(new.customers, 0) as bigint) as resurrected,
    cast(coalesce(came.dormant, 0) as bigint) as dormant,
    cast(coalesce(came.dau_listeners, 0) as bigint) as dau_listeners,
    cast(coalesce(came.mau_listeners, 0) as bigint) as mau_listeners,
    exists (select 1 as x from silver.events limit 1) as has_events
  from lake_days
  left join came on came.day = lake_days.day
  left join new on new.day = lake_days.day
)
select
  day as activity_date,
  dau,
  case when day_number >= 7 then wau end as wau,
  case when day_number >= 28 then mau end as mau,
  case when day_number >= 28 and mau > 0 then cast(dau as double) / mau end as stickiness,
  case when day_number >= 56 then new_customers end as new_customers,
  case when day_number >= 56 then mau - new_customers - resurrected end as returning,
  case when day_number >= 56 then resurrected end as resurrected,
  case when day_number >= 56 then dormant end as dormant,
  case when day_number >= 56 and dormant > 0 then cast(new_customers + resurrected as double) / dormant end as quick_ratio,
  case when has_events then dau_listeners end as dau_listeners,
  case when has_events and day_number >= 30 then mau_listeners end as mau_listeners
from numbered
