-- Whoever came in these 28 days and not in those before is new, or has come back after at least 28 days without a visit.
-- The highest bit of 28 is 134217728, the seven highest begin at 2097152, the two highest, days 29 and 30, at 67108864.
with
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
