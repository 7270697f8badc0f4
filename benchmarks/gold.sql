-- Every gold table but those of alerts, predictions and exclusions, as somebody would write them by hand for DuckDB alone,
-- over views of silver: what the pipeline is measured against. Days are UTC; nobody is excluded. Columns that follow from
-- others of a row (rates, statuses, names of days) are left out. A statement a table, in the order of use.
create table known_customers as
select customer_id, signed_up_at, country, ('0x' || md5(customer_id)[:15])::bigint as customer_key from silver.customers;

create table customer_device_day as
with counted as (
  select customer_id, session_date as activity_date, coalesce(device, 'unknown') as device, count(*) as sessions
  from silver.sessions group by all
)
select *, ('0x' || md5(customer_id)[:15])::bigint as customer_key from counted;

create table customer_event_day as
with judged as (
  select
    customer_id, event_date as activity_date, event_type, coalesce(ms_played, 0) as ms,
    event_type in ('play', 'NextSong', 'skip') as is_playback,
    event_type in ('play', 'NextSong') and (ms_played is null or ms_played > 30000) as is_play
  from silver.events where event_type is not null
)
select
  customer_id, activity_date, event_type, count(*) as uses, count(*) filter (is_play) as plays,
  count(*) filter (is_playback and not is_play) as skips, coalesce(sum(ms) filter (is_playback), 0)::bigint as ms_played
from judged group by all;

create table customer_day as
with days as (
  select customer_id, activity_date, sessions, 0 as plays, 0 as skips, 0 as ms_played, customer_key from customer_device_day
  union all
  select customer_id, activity_date, 0, plays, skips, ms_played, null from customer_event_day where plays + skips > 0
)
select
  customer_id, activity_date, sum(sessions)::bigint as sessions, sum(plays)::bigint as plays, sum(skips)::bigint as skips,
  sum(ms_played)::bigint as ms_played, coalesce(max(customer_key), ('0x' || md5(customer_id)[:15])::bigint) as customer_key
from days group by customer_id, activity_date;

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

create table plan_days as
select customer_id, plan, state, valid_from, valid_to, valid_from::date as from_date, valid_to::date as to_date from plan_periods;

create table activity_5m as
with grouped as (
  select time_bucket(interval 5 minutes, started_at) as slot, customer_id, count(*) as sessions
  from silver.sessions group by all
),
counted as (select slot, sum(sessions)::bigint as sessions, count(*) as customers from grouped group by slot),
played as (
  select time_bucket(interval 5 minutes, occurred_at) as slot, count(*) as plays
  from silver.events where event_type in ('play', 'NextSong') and (ms_played is null or ms_played > 30000) group by all
),
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
  case when is_alive = 1 then coalesce(customers, 0) end as customers, case when is_alive = 1 then coalesce(plays, 0) end as plays
from heard left join counted using (slot) left join played using (slot)
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

create table artist_daily as
with played as (
  select
    e.customer_id, e.event_date, t.artist_id, coalesce(e.ms_played, 0) as ms,
    e.event_type in ('play', 'NextSong') and (e.ms_played is null or e.ms_played > 30000) as is_play,
    coalesce(100 * e.ms_played >= 99 * t.duration_ms, false) as is_long
  from silver.events as e join silver.tracks as t using (track_id)
  where e.event_type in ('play', 'NextSong', 'skip') and t.artist_id is not null
),
grouped as (
  select
    artist_id, event_date, customer_id, count(*) filter (is_play) as plays, count(*) filter (not is_play) as skips,
    count(*) filter (is_play and is_long) as completed, sum(ms) as ms
  from played group by all
)
select
  artist_id, event_date as activity_date, sum(plays)::bigint as plays, count(*) filter (plays > 0) as listeners,
  sum(skips)::bigint as skips, sum(completed)::bigint as completed, sum(ms)::bigint as ms_played
from grouped group by all;

create table first_sessions as
select customer_id, min(activity_date) as first_date from customer_day where sessions > 0 group by all;

create table first_uses as
select customer_id, event_type, min(activity_date) as first_date from customer_event_day group by all;

create table feature_types as
with listed(feature, event_type, is_for_paid) as (
  values ('play', 'play', false), ('play', 'NextSong', false), ('skip', 'skip', false), ('like', 'like', false),
    ('playlist_add', 'playlist_add', false), ('search', 'search', false), ('download', 'download', true), ('share', 'share', false)
)
from listed
union
select event_type, event_type, false
from first_uses semi join silver.customers using (customer_id)
where event_type not in (select event_type from listed);

create table daily_engagement as
with visits as (
  select customer_id, activity_date as d
  from customer_day semi join silver.customers using (customer_id) where sessions > 0
),
listens as (
  select customer_id, activity_date as d
  from customer_day semi join silver.customers using (customer_id) where plays > 0 or ms_played > 0
),
first_day as (select min(session_date) as day from silver.sessions),
days as (select unnest(generate_series((select day from first_day), $last::date, interval 1 day))::date as d),
gaps as (
  select d, lead(d) over w as back, lag(d) over w is null as is_first from visits window w as (partition by customer_id order by d)
),
came as (select d, back, is_first, count(*) as n from gaps group by all),
heard as (
  select d, back, count(*) as n
  from (select d, lead(d) over (partition by customer_id order by d) as back from listens) group by all
),
spans as (
  select 'dau' as k, d as b, d + 1 as e, n from came
  union all select 'wau', d, least(back, d + 7), n from came
  union all select 'mau', d, least(back, d + 28), n from came
  union all select 'new', d, d + 28, n from came where is_first
  union all select 'dormant', d + 28, least(back, d + 56), n from came where back is null or back > d + 28
  union all select 'again', greatest(back, d + 56), back + 28, n from came where back > d + 28
  union all select 'dau_l', d, d + 1, n from heard
  union all select 'mau_l', d, least(back, d + 30), n from heard
),
changes as (
  select k, b as d, n from spans union all select k, e, -n from spans
),
summed as (pivot (select k, d, n from changes) on k in ('dau', 'wau', 'mau', 'new', 'dormant', 'again', 'dau_l', 'mau_l') using sum(n) group by d),
running as (
  select
    coalesce(days.d, summed.d) as d, sum(dau) over w as dau, sum(wau) over w as wau, sum(mau) over w as mau,
    sum(new) over w as new, sum(dormant) over w as dormant, sum(again) over w as again, sum(dau_l) over w as dau_l, sum(mau_l) over w as mau_l
  from summed full join days on days.d = summed.d window w as (order by coalesce(days.d, summed.d))
),
counted as (
  select running.* replace (coalesce(again, 0) as again, coalesce(dormant, 0) as dormant, coalesce(new, 0) as new),
    running.d - (select day from first_day) + 1 as nth
  from running semi join days on days.d = running.d
)
select
  d as activity_date, dau::bigint as dau, (case when nth >= 7 then wau end)::bigint as wau, (case when nth >= 28 then mau end)::bigint as mau,
  (case when nth >= 56 then new end)::bigint as new_customers, (case when nth >= 56 then mau - new - again end)::bigint as "returning",
  (case when nth >= 56 then again end)::bigint as resurrected, (case when nth >= 56 then dormant end)::bigint as dormant,
  coalesce(dau_l, 0)::bigint as dau_listeners, (case when nth >= 30 then mau_l end)::bigint as mau_listeners
from counted;

create table customer_segments as
with first_day as (select min(session_date) as day from silver.sessions),
months as (
  select unnest(generate_series(date_trunc('month', (select day from first_day)), $last::date, interval 1 month))::date as month
),
counted as (
  select customer_id, (date_trunc('month', activity_date) + interval 1 month)::date as month, count(*) as active_days
  from customer_day
  where sessions > 0 and activity_date >= (date_trunc('month', activity_date) + interval 1 month)::date - 28
  group by all
)
select
  c.customer_id, months.month, coalesce(active_days, 0) as active_days,
  case when active_days >= 21 then 'core' when active_days >= 14 then 'regular' when active_days >= 7 then 'casual'
    when active_days >= 1 then 'infrequent' else 'none' end as segment
from silver.customers as c
left join first_sessions as f using (customer_id)
join months on months.month - 28 >= (select day from first_day)
  and (c.signed_up_at is null or least(c.signed_up_at::date, f.first_date) < months.month)
left join counted on counted.customer_id = c.customer_id and counted.month = months.month;

create table weeks_active as
select customer_key, date_trunc('week', activity_date)::date as week
from customer_day semi join silver.customers using (customer_id) where sessions > 0 group by all;

create temp table cohorts as
select customer_key, min(week) as cohort, max(week) as last from weeks_active where week <= $last::date group by all;

create table retention_weekly as
with members as (
  select s.*, coalesce(c.country, 'unknown') as country, coalesce(p.plan, 'free') as plan
  from cohorts as s join known_customers as c using (customer_key)
  left join plan_periods as p on p.customer_id = c.customer_id and p.valid_from < cohort + 7 and (p.valid_to is null or p.valid_to >= cohort + 7)
),
parts as (
  select cohort, country, plan, week, count(*) as retained, 0 as leaving
  from weeks_active join members using (customer_key) where week <= $last::date group by all
  union all
  select cohort, country, plan, last, 0, count(*) from members group by all
),
sliced as (
  select
    cohort, case when grouping(country) = 0 then 'country' when grouping(plan) = 0 then 'plan' else 'all' end as slice,
    coalesce(country, plan, 'all') as slice_value, week, sum(retained) as retained, sum(leaving) as leaving
  from parts group by grouping sets ((cohort, week), (cohort, week, country), (cohort, week, plan))
),
every as (
  select cohort, slice, slice_value, unnest(generate_series(cohort, date_trunc('week', $last::date), interval 7 day))::date as week
  from (select distinct cohort, slice, slice_value from sliced)
),
filled as (
  select every.*, coalesce(retained, 0) as retained, coalesce(leaving, 0) as leaving
  from every left join sliced using (cohort, slice, slice_value, week)
)
select
  cohort as cohort_week, ((week - cohort) // 7)::bigint as weeks_since,
  (sum(leaving) over (partition by cohort, slice, slice_value))::bigint as cohort_customers, retained::bigint as retained,
  (sum(leaving) over (partition by cohort, slice, slice_value order by week desc))::bigint as retained_or_later,
  slice, slice_value
from filled;

create table star_customer_retention as
with begun as (
  select customer_key, cohort, last, unnest(generate_series(cohort, date_trunc('week', $last::date), interval 7 day))::date as week from cohorts
)
select
  customer_key, cohort as cohort_week, ((begun.week - cohort) // 7)::bigint as weeks_since, 1::bigint as cohort_customers,
  (came.week is not null)::bigint as retained, (begun.week <= last)::bigint as retained_or_later
from begun left join weeks_active as came using (customer_key, week);

create temp table steps as
with months as (
  select unnest(generate_series(date_trunc('month', (select min(session_date) from silver.sessions)), $last::date, interval 1 month))::date as month
),
joined as (
  select c.customer_id, customer_key, coalesce(c.country, 'unknown') as country, coalesce(c.signed_up_at::date, f.first_date) as day
  from known_customers as c left join first_sessions as f using (customer_id)
),
members as (
  select j.*, months.month, coalesce(p.plan, 'free') as plan
  from joined as j join months on months.month = date_trunc('month', j.day)
  left join plan_periods as p on p.customer_id = j.customer_id
    and p.valid_from < months.month + interval 1 month and (p.valid_to is null or p.valid_to >= months.month + interval 1 month)
),
came as (
  select m.customer_id, v.activity_date - m.day as n
  from members as m join customer_day as v on v.customer_id = m.customer_id and v.sessions > 0 and v.activity_date between m.day and m.day + 28
),
habits as (
  select customer_id, min(n) filter (n <= 7) as activated, list_sort(list(n) filter (n >= 8))[3] as third from came group by all
),
covers as (
  select s.customer_id, s.effective_start_at::date as d
  from silver.subscriptions as s
  where (effective_end_at is null or effective_end_at >= effective_start_at)
    and not coalesce(lower(trim(status)) = 'trialing' or subscription_type ilike '%trial%', false)
    and case when trim(coalesce(subscription_type, '')) = '' then coalesce(amount_paid, 0) > 0 else subscription_type not ilike '%free%' end
),
paid as (select m.customer_id, min(d - m.day) as n from members as m join covers using (customer_id) where d between m.day and m.day + 90 group by all)
select customer_key, month, country, plan, activated, case when activated is not null then third end as habitual,
  case when activated is not null and third is not null then paid.n end as paid
from members left join habits using (customer_id) left join paid using (customer_id);

create table funnel as
with totals as (
  select
    month, case when grouping(country) = 0 then 'country' when grouping(plan) = 0 then 'plan' else 'all' end as slice,
    coalesce(country, plan, 'all') as slice_value, count(*) as n, count(activated) as a, median(activated) as am,
    count(habitual) as h, median(habitual) as hm, count(paid) as p, median(paid) as pm
  from steps group by grouping sets ((month), (month, country), (month, plan))
)
select month as cohort_month, step, customers, median_days::double as median_days, slice, slice_value
from (
  select month, slice, slice_value, 'signed_up' as step, n as customers, 0 as median_days from totals
  union all select month, slice, slice_value, 'activated', a, am from totals
  union all select month, slice, slice_value, 'habitual', h, hm from totals
  union all select month, slice, slice_value, 'paid', p, pm from totals);

create table star_customer_funnel as
with taken as (
  select customer_key, month, 'signed_up' as step, 0 as day from steps
  union all select customer_key, month, 'activated', activated from steps
  union all select customer_key, month, 'habitual', habitual from steps
  union all select customer_key, month, 'paid', paid from steps
)
select
  customer_key, month as cohort_month, step, (day is not null)::bigint as customers, (day is not null)::int::double as rate_from_start,
  day::double as median_days
from taken;

create temp table feature_members as
with months as (
  select unnest(generate_series(date_trunc('month', (select min(session_date) from silver.sessions)), $last::date, interval 1 month))::date as month
),
paying as (
  select distinct customer_id, month
  from silver.subscriptions
  join months on effective_start_at < month + interval 1 month and (effective_end_at is null or effective_end_at >= month)
  where case when trim(coalesce(subscription_type, '')) = '' then coalesce(amount_paid, 0) > 0 else subscription_type not ilike '%free%' end
    and coalesce(lower(trim(status)), 'active') in ('active', 'trialing') and (effective_end_at is null or effective_end_at >= effective_start_at)
)
select
  a.customer_id, c.customer_key, a.month, y.customer_id is not null as is_paying, coalesce(c.country, 'unknown') as country,
  coalesce(p.plan, 'free') as plan, coalesce(c.signed_up_at::date, f.first_date) as joined
from (select distinct customer_id, date_trunc('month', activity_date)::date as month from customer_day where sessions > 0) as a
join known_customers as c using (customer_id)
join first_sessions as f using (customer_id)
join months using (month)
left join paying as y on y.customer_id = a.customer_id and y.month = a.month
left join plan_periods as p on p.customer_id = a.customer_id
  and p.valid_from < a.month + interval 1 month and (p.valid_to is null or p.valid_to >= a.month + interval 1 month);

create temp table adoptions as
with features as (select distinct feature, is_for_paid from feature_types),
typed as (
  select customer_id, event_type, date_trunc('month', activity_date)::date as month, sum(uses) as uses from customer_event_day group by all
),
used as (select customer_id, feature, month, sum(uses) as uses from typed join feature_types using (event_type) group by all),
firsts as (select customer_id, feature, min(first_date) as day from first_uses join feature_types using (event_type) group by all)
select
  customer_id, customer_key, feature, month, country, plan, uses,
  case when firsts.day >= month and joined >= (select min(session_date) from silver.sessions) then firsts.day - joined end as days
from used join feature_members using (customer_id, month) join features using (feature) join firsts using (customer_id, feature)
where is_paying or not is_for_paid;

create table feature_adoption as
with months as (
  select unnest(generate_series(date_trunc('month', (select min(session_date) from silver.sessions)), $last::date, interval 1 month))::date as month
),
features as (select distinct feature, is_for_paid from feature_types),
both_sides as (
  select feature, month, country, plan, count(*) as eligible, 0 as adopters, null::bigint as days
  from feature_members join features on is_paying or not is_for_paid group by all
  union all
  select feature, month, country, plan, 0, 1, days from adoptions
),
sliced as (
  select
    feature, month, case when grouping(country) = 0 then 'country' when grouping(plan) = 0 then 'plan' else 'all' end as slice,
    coalesce(country, plan, 'all') as slice_value, sum(eligible)::bigint as eligible, sum(adopters)::bigint as adopters, median(days) as median_days
  from both_sides group by grouping sets ((feature, month), (feature, month, country), (feature, month, plan))
)
select
  feature, month, coalesce(eligible, 0) as eligible, coalesce(adopters, 0) as adopters,
  median_days::double as median_days_to_adopt, slice, slice_value
from sliced
union all
select feature, month, 0, 0, null, 'all', 'all'
from features cross join months
where (feature, month) not in (select (feature, month) from sliced);

create table star_customer_features as
with features as (select distinct feature, is_for_paid from feature_types)
select
  m.customer_key, f.feature, m.month, 1::bigint as eligible, (a.customer_key is not null)::bigint as adopters,
  a.uses::double as uses_per_adopter, a.days::double as median_days_to_adopt
from feature_members as m join features as f on m.is_paying or not f.is_for_paid
left join adoptions as a on a.customer_key = m.customer_key and a.month = m.month and a.feature = f.feature;

create temp table changes as
with months as (
  select unnest(generate_series(date_trunc('month', (select min(session_date) from silver.sessions)), $last::date, interval 1 month))::date as month
),
covers as (
  select
    customer_id, subscription_id, effective_start_at as b, effective_end_at as last_at, effective_end_at + interval 1 microsecond as e,
    case
      when lower(trim(status)) = 'trialing' or subscription_type ilike '%trial%' then 'trial'
      when case when trim(coalesce(subscription_type, '')) = '' then coalesce(amount_paid, 0) > 0
                else subscription_type not ilike '%free%' end then 'paid'
      else 'free' end as state
  from silver.subscriptions semi join silver.customers using (customer_id)
  where effective_end_at is null or effective_end_at >= effective_start_at
),
starts as (
  select
    month, c.customer_id, customer_key, coalesce(c.country, 'unknown') as country, coalesce(p.plan, 'free') as plan, coalesce(p.state, 'free') as state,
    c.signed_up_at is null or least(c.signed_up_at::date, f.first_date) < month as is_registered
  from known_customers as c cross join months
  left join first_sessions as f using (customer_id)
  left join plan_periods as p on p.customer_id = c.customer_id and p.valid_from < month and (p.valid_to is null or p.valid_to >= month)
),
converted as (
  select distinct customer_id, date_trunc('month', b)::date as month
  from covers where state = 'paid' and (e is null or e > b + interval 24 hours or e >= date_trunc('month', b) + interval 1 month)
),
paid as (select *, lead(valid_from) over (partition by customer_id order by valid_from) as again from plan_periods where state = 'paid'),
cancelled as (
  select distinct customer_id, date_trunc('month', valid_to)::date as month
  from paid where valid_to is not null and (again is null or again - valid_to >= interval 30 days)
),
trials as (
  select customer_id, date_trunc('month', b)::date as month, 1 as started, 0 as ended, 0 as to_paid from covers where state = 'trial'
  union all
  select t.customer_id, date_trunc('month', last_at)::date, 0, 1, (exists (
    from paid as p where p.customer_id = t.customer_id and p.valid_from < t.e + interval 24 hours and (p.valid_to is null or p.valid_to > t.e)))::int
  from covers as t where state = 'trial' and last_at is not null
),
in_month as (select customer_id, month, sum(started) as started, sum(ended) as ended, sum(to_paid) as to_paid from trials group by all)
select
  s.month, customer_key, country, plan,
  (is_registered and state = 'free')::bigint as free_at_start,
  (is_registered and state = 'free' and c.month is not null)::bigint as converted,
  (is_registered and state = 'paid')::bigint as paid_at_start,
  (is_registered and state = 'paid' and x.month is not null)::bigint as cancelled,
  coalesce(started, 0)::bigint as trials_started, coalesce(ended, 0)::bigint as trials_ended, coalesce(to_paid, 0)::bigint as trial_to_paid
from starts as s
left join converted as c on c.customer_id = s.customer_id and c.month = s.month
left join cancelled as x on x.customer_id = s.customer_id and x.month = s.month
left join in_month as t on t.customer_id = s.customer_id and t.month = s.month;

create table conversion as
with counted as (
  select
    month, case when grouping(country) = 0 then 'country' when grouping(plan) = 0 then 'plan' else 'all' end as slice,
    coalesce(country, plan, 'all') as slice_value, sum(columns(* exclude (month, customer_key, country, plan)))::bigint
  from changes group by grouping sets ((month), (month, country), (month, plan))
)
from counted where slice = 'all' or free_at_start + paid_at_start + trials_started + trials_ended > 0;

create table star_customer_conversion as
select
  customer_key, month, free_at_start, converted, paid_at_start, cancelled,
  case when free_at_start + paid_at_start > 0 then paid_at_start::double end as paid_at_start_share, trials_started, trials_ended, trial_to_paid
from changes where free_at_start + paid_at_start + trials_started + trials_ended > 0;

create table dates as
select unnest(generate_series(
  date_trunc('year', (select min(session_date) from silver.sessions)), date_trunc('year', $last::date) + interval 1 year - interval 1 day, interval 1 day))::date as date;

create table kpi_summary as
select metric, floor((20000 * numerator + denominator) / (2 * denominator)) / 100 as value
from kpis
where window_kind = 'default' and slice = 'all' and metric in ('session_adoption_rate', 'engaged_rate', 'paid_share') and denominator > 0;

create table star_customer_day as
select customer_key, activity_date, sessions, plays, skips, ms_played from customer_day;

create table star_customer_device_day as
select customer_key, activity_date, device, sessions from customer_device_day;

create table star_track_daily as
select ('0x' || md5(track_id)[:15])::bigint as track_key, * exclude (track_id) from track_daily;

create table star_artist_daily as
select ('0x' || md5(artist_id)[:15])::bigint as artist_key, * exclude (artist_id) from artist_daily;

create table star_customers as
select customer_key, country, signed_up_at::date as signed_up_date from known_customers;

create table star_tracks as
select ('0x' || md5(track_id)[:15])::bigint as track_key, coalesce(track_name, track_id) as track_name, artist_name, genre
from (select track_id from silver.tracks union select track_id from track_daily)
left join silver.tracks using (track_id) left join silver.artists using (artist_id);

create table star_artists as
select ('0x' || md5(artist_id)[:15])::bigint as artist_key, coalesce(artist_name, artist_id) as artist_name
from (select artist_id from silver.artists union select artist_id from artist_daily) left join silver.artists using (artist_id);

create table star_paid_subscriptions as
select
  customer_key, row_number() over (partition by customer_key order by effective_start_at, effective_end_at nulls last) as period_number,
  effective_start_at::date as from_date, effective_end_at::date as last_date
from silver.subscriptions join known_customers using (customer_id)
where case when trim(coalesce(subscription_type, '')) = '' then coalesce(amount_paid, 0) > 0 else subscription_type not ilike '%free%' end
  and coalesce(lower(trim(status)), 'active') in ('active', 'trialing') and (effective_end_at is null or effective_end_at >= effective_start_at);

create table star_plan_periods as
select
  customer_key, row_number() over (partition by customer_key order by valid_from) as period_number, from_date, to_date, plan, state
from plan_days join known_customers using (customer_id);

create table star_slices as
select slice, slice_value from kpis where slice <> 'all'
union select 'country', coalesce(country, 'unknown') from known_customers
union select 'plan', plan from plan_periods
union select 'device', device from customer_device_day
union select slice, unnest(['unknown', 'other']) from (select distinct slice from kpis where slice <> 'all')
union select slice, 'free' from kpis where slice = 'plan';
