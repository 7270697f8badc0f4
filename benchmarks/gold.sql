-- Eight of the gold tables as somebody would write them by hand for DuckDB alone, over views of silver: what the pipeline
-- is measured against. Days are UTC; nobody is excluded. A statement a table, in the order of use.
create table customer_day as
with listened as (
  select
    customer_id, event_date,
    event_type in ('play', 'NextSong') and (ms_played is null or ms_played > 30000) as is_play, coalesce(ms_played, 0) as ms
  from silver.events
  where event_type in ('play', 'NextSong', 'skip')
),
days as (
  select customer_id, session_date as activity_date, count(*) as sessions, 0 as plays, 0 as skips, 0 as ms_played
  from silver.sessions group by all
  union all
  select customer_id, event_date, 0, count(*) filter (is_play), count(*) filter (not is_play), sum(ms)
  from listened group by all
)
select
  customer_id, activity_date, sum(sessions)::bigint as sessions, sum(plays)::bigint as plays, sum(skips)::bigint as skips,
  sum(ms_played)::bigint as ms_played
from days group by all;

create table customer_device_day as
select customer_id, session_date as activity_date, coalesce(device, 'unknown') as device, count(*) as sessions
from silver.sessions group by all;

create table plan_periods as
with covers as (
  select
    customer_id, subscription_id, effective_start_at as covers_from, effective_end_at + interval 1 microsecond as covers_to,
    coalesce(subscription_type, 'unknown') as plan,
    case
      when lower(trim(status)) = 'trialing' or subscription_type ilike '%trial%' then 'trial'
      when case when trim(coalesce(subscription_type, '')) = '' then coalesce(amount_paid, 0) > 0
                else subscription_type not ilike '%free%' end then 'paid'
      else 'free' end as state
  from silver.subscriptions semi join silver.customers using (customer_id)
  where effective_end_at is null or effective_end_at >= effective_start_at
),
edges as (
  select customer_id, covers_from as edge from covers
  union
  select customer_id, covers_to from covers where covers_to is not null
),
pieces as (select customer_id, edge as b, lead(edge) over (partition by customer_id order by edge) as e from edges),
told as (
  select p.customer_id, b, e, plan, state
  from pieces as p
  join covers as c on c.customer_id = p.customer_id and c.covers_from <= b and (c.covers_to is null or c.covers_to > b)
  qualify row_number() over (partition by p.customer_id, b order by c.covers_from desc, subscription_id desc nulls last) = 1
),
marked as (
  select *, (lag(e) over w is distinct from b or lag(plan) over w <> plan or lag(state) over w <> state)::int as is_new
  from told window w as (partition by customer_id order by b)
)
select customer_id, min(b) as valid_from, case when count(*) = count(e) then max(e) end as valid_to, plan, state
from (select *, sum(is_new) over (partition by customer_id order by b) as period from marked)
group by customer_id, period, plan, state;

create table activity_5m as
with grouped as (
  select time_bucket(interval 5 minutes, started_at) as slot, customer_id, count(*) as sessions
  from silver.sessions group by all
),
counted as (select slot, sum(sessions)::bigint as sessions, count(*) as customers from grouped group by slot),
alive as (
  select slot from counted union select distinct time_bucket(interval 5 minutes, occurred_at) from silver.events
),
windows as (
  select unnest(generate_series(
    (select min(slot) from counted) - interval 1 hour, (select max(slot) from counted) + interval 1 hour, interval 5 minutes)) as slot
),
heard as (
  select w.slot, max((alive.slot is not null)::int) over (order by w.slot rows between 12 preceding and 12 following) as is_alive
  from windows as w left join alive using (slot)
)
select
  slot as window_start, case when is_alive = 1 then coalesce(sessions, 0) end as sessions,
  case when is_alive = 1 then coalesce(customers, 0) end as customers
from heard left join counted using (slot)
where slot between (select min(slot) from counted) and (select max(slot) from counted);

create table track_daily as
with played as (
  select
    e.customer_id, e.event_date, e.track_id, coalesce(e.ms_played, 0) as ms,
    e.event_type in ('play', 'NextSong') and (e.ms_played is null or e.ms_played > 30000) as is_play,
    coalesce(100 * e.ms_played >= 99 * t.duration_ms, false) as is_long
  from silver.events as e left join silver.tracks as t using (track_id)
  where e.event_type in ('play', 'NextSong', 'skip') and e.track_id is not null
),
grouped as (
  select
    track_id, event_date, customer_id, count(*) filter (is_play) as plays, count(*) filter (not is_play) as skips,
    count(*) filter (is_play and is_long) as completed, sum(ms) as ms
  from played group by all
)
select
  track_id, event_date as activity_date, sum(plays)::bigint as plays, count(*) filter (plays > 0) as listeners,
  sum(skips)::bigint as skips, sum(completed)::bigint as completed, sum(ms)::bigint as ms_played
from grouped group by all;

create table sessions_histogram as
with active as (
  select customer_id, sum(sessions)::bigint as sessions
  from customer_day semi join silver.customers using (customer_id)
  where activity_date between $last::date - 61 and $last::date
  group by customer_id having sum(sessions) > 0
),
counted as (select sessions, count(*) as customers from active group by sessions)
select sessions, customers, (sum(customers) over (order by sessions desc))::bigint as customers_at_least from counted;

create table active_days as
with visits as (
  select customer_id, activity_date from customer_day semi join silver.customers using (customer_id) where sessions > 0
),
first_day as (select min(session_date) as day from silver.sessions),
reached as (
  select customer_id, days.day::date as activity_date, window_days, count(*) as active_days
  from visits
  cross join (values (7), (28)) as lengths(window_days)
  cross join unnest(generate_series(activity_date, activity_date + interval 1 day * (window_days - 1), interval 1 day)) as days(day)
  where days.day <= $last::date and days.day >= (select day from first_day) + window_days - 1
  group by all
)
select activity_date, window_days::bigint as window_days, active_days, count(*) as customers from reached group by all;

create table kpis as
with months as (
  select unnest(generate_series(
    date_trunc('month', (select min(session_date) from silver.sessions)), $last::date, interval 1 month)) as m
),
windows as (
  select 'default' as kind, $last::date - 61 as b, $last::date as e
  union all select 'previous', $last::date - 123, $last::date - 62
  union all select 'month', m::date, (m + interval 1 month)::date - 1 from months
  union all select 'trailing_28', (m + interval 1 month)::date - 28, (m + interval 1 month)::date - 1 from months
),
first_days as (select customer_id, min(activity_date) as day from customer_day where sessions > 0 group by 1),
active as (
  select kind, b, e, customer_id, sum(sessions) as sessions
  from customer_day join windows on activity_date between b and e
  semi join silver.customers using (customer_id)
  group by all having sum(sessions) > 0
),
devices as (
  select kind, b, customer_id, device
  from (
    select kind, b, customer_id, device, sum(sessions) as n
    from customer_device_day join windows on activity_date between b and e group by all)
  qualify row_number() over (partition by kind, b, customer_id order by n desc, device) = 1
),
paying as (
  select distinct kind, b, customer_id
  from silver.subscriptions
  join windows on effective_start_at < e + interval 1 day and (effective_end_at is null or effective_end_at >= b)
  where case when trim(coalesce(subscription_type, '')) = '' then coalesce(amount_paid, 0) > 0
             else subscription_type not ilike '%free%' end
    and coalesce(lower(trim(status)), 'active') in ('active', 'trialing')
    and (effective_end_at is null or effective_end_at >= effective_start_at)
),
members as (
  select
    w.kind, w.b, w.e, c.customer_id, coalesce(c.country, 'unknown') as country, coalesce(d.device, 'unknown') as device,
    coalesce(p.plan, 'free') as plan, a.sessions, y.customer_id is not null as is_paying, coalesce(p.state = 'paid', false) as at_end,
    c.signed_up_at is null or c.signed_up_at < w.e + interval 1 day or f.day <= w.e as is_registered
  from windows as w
  cross join silver.customers as c
  left join first_days as f using (customer_id)
  left join active as a on a.kind = w.kind and a.b = w.b and a.customer_id = c.customer_id
  left join devices as d on d.kind = w.kind and d.b = w.b and d.customer_id = c.customer_id
  left join paying as y on y.kind = w.kind and y.b = w.b and y.customer_id = c.customer_id
  left join plan_periods as p
    on p.customer_id = c.customer_id and p.valid_from < w.e + interval 1 day
    and (p.valid_to is null or p.valid_to >= w.e + interval 1 day)
),
counted as (
  select
    kind, b, e, case when grouping(country) = 0 then 'country' when grouping(device) = 0 then 'device'
      when grouping(plan) = 0 then 'plan' else 'all' end as slice,
    coalesce(country, device, plan, 'all') as slice_value,
    count(*) filter (is_registered) as registered,
    count(*) filter (is_registered and sessions is not null) as adopted,
    count(sessions) as active,
    count(*) filter (sessions >= ceil(80 * (e - b + 1) / 62)) as engaged,
    count(*) filter (sessions is not null and is_paying) as paid,
    count(*) filter (sessions is not null and at_end) as paid_at_end
  from members
  group by grouping sets ((kind, b, e), (kind, b, e, country), (kind, b, e, device), (kind, b, e, plan))
)
select metric, kind as window_kind, b as window_from, slice, slice_value, numerator, denominator
from (
  select 'session_adoption_rate' as metric, *, adopted as numerator, registered as denominator from counted
  union all select 'engaged_rate', *, engaged, active from counted
  union all select 'paid_share', *, paid, active from counted
  union all select 'paid_share_at_end', *, paid_at_end, active from counted)
where denominator > 0 or slice = 'all';
