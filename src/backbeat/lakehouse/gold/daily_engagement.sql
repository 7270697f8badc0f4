-- Somebody who comes on a day counts from it until 7, 28 or 30 days later, or until the next visit where that is sooner.
-- So every visit is one span of days a number, no two spans of a customer overlap, and what is true of a day is how many
-- spans hold it: those that began by then, less those that ended.
-- No number of a day asks for more of a visit over 55 days before it than whether one was the first: when open days alone
-- are counted, that is all that is known of older ones.
with
known_days as (
  select
    customers.customer_key, days.activity_date as came_on,
    days.sessions > 0 as is_visit, days.plays > 0 or days.ms_played > 0 as is_listening
  from gold.customer_day as days
  join known_customers as customers on customers.customer_key = days.customer_key
  union all
  select customers.customer_key, first_sessions.first_date as came_on, true as is_visit, false as is_listening
  from gold.first_sessions as first_sessions
  join known_customers as customers on customers.customer_id = first_sessions.customer_id
  where first_sessions.first_date <= cast(cast(:open_after as date) - 55 as date)
),
seen as (
  select
    came_on, lead(came_on) over (partition by customer_key order by came_on) as back_on,
    lag(came_on) over (partition by customer_key order by came_on) is null as is_first
  from known_days
  where is_visit
),
came as (
  select came_on, back_on, is_first, count(*) as customers
  from seen
  group by came_on, back_on, is_first
),
listening as (
  select came_on, lead(came_on) over (partition by customer_key order by came_on) as back_on
  from known_days
  where is_listening
),
listened as (
  select came_on, back_on, count(*) as customers
  from listening
  group by came_on, back_on
),
spans as (
  select 'dau' as number, came_on as from_day, came_on + 1 as to_day, customers from came
  union all
  select 'wau' as number, came_on as from_day, least(back_on, came_on + 7) as to_day, customers from came
  union all
  select 'mau' as number, came_on as from_day, least(back_on, came_on + 28) as to_day, customers from came
  union all
  select 'new' as number, came_on as from_day, came_on + 28 as to_day, customers from came where is_first
  union all
  -- 28 days after a visit its customer is missed, for as long as these 28 days before have a visit.
  select 'dormant' as number, came_on + 28 as from_day, least(back_on, came_on + 56) as to_day, customers
  from came
  where back_on is null or back_on > came_on + 28
  union all
  -- Whoever comes back later than that is resurrected, once the last visit is no longer among the 28 days before.
  select 'resurrected' as number, greatest(back_on, came_on + 56) as from_day, back_on + 28 as to_day, customers
  from came
  where back_on > came_on + 28
  union all
  select 'dau_listeners' as number, came_on as from_day, came_on + 1 as to_day, customers from listened
  union all
  select 'mau_listeners' as number, came_on as from_day, least(back_on, came_on + 30) as to_day, customers from listened
),
changes as (
  select from_day as day, number, customers as change from spans
  union all
  select to_day as day, number, -customers as change from spans
  union all
  select day, 'none' as number, 0 as change from lake_days
),
daily as (
  select
    day,
    sum(case when number = 'dau' then change else 0 end) as dau,
    sum(case when number = 'wau' then change else 0 end) as wau,
    sum(case when number = 'mau' then change else 0 end) as mau,
    sum(case when number = 'new' then change else 0 end) as new,
    sum(case when number = 'dormant' then change else 0 end) as dormant,
    sum(case when number = 'resurrected' then change else 0 end) as resurrected,
    sum(case when number = 'dau_listeners' then change else 0 end) as dau_listeners,
    sum(case when number = 'mau_listeners' then change else 0 end) as mau_listeners
  from changes
  group by day
),
totals as (
  select
    day,
    cast(sum(dau) over (order by day) as bigint) as dau,
    cast(sum(wau) over (order by day) as bigint) as wau,
    cast(sum(mau) over (order by day) as bigint) as mau,
    cast(sum(new) over (order by day) as bigint) as new_customers,
    cast(sum(dormant) over (order by day) as bigint) as dormant,
    cast(sum(resurrected) over (order by day) as bigint) as resurrected,
    cast(sum(dau_listeners) over (order by day) as bigint) as dau_listeners,
    cast(sum(mau_listeners) over (order by day) as bigint) as mau_listeners
  from daily
),
numbered as (
  select totals.*, lake_days.day_number, exists (select 1 as x from silver.events limit 1) as has_events
  from totals
  join lake_days on lake_days.day = totals.day
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
