-- Who came in a week or later is counted from the end, by the last week in which each customer came.
with
members as (
  select
    spans.customer_key, spans.cohort_week, spans.last_week,
    coalesce(spans.country, 'unknown') as country, coalesce(plan_days.plan, 'free') as plan
  from cohort_members as spans
  left join plan_days
    on plan_days.customer_id = spans.customer_id
    and plan_days.from_date < spans.cohort_week + 7
    and (plan_days.to_date is null or plan_days.to_date >= spans.cohort_week + 7)
),
counted as (
  select members.cohort_week, members.country, members.plan, weekly.week, count(*) as retained, 0 as leaving
  from weeks_active as weekly
  join members on members.customer_key = weekly.customer_key
  where weekly.week <= :last_date
  group by members.cohort_week, members.country, members.plan, weekly.week
  union all
  select cohort_week, country, plan, last_week as week, 0 as retained, count(*) as leaving
  from members
  group by cohort_week, country, plan, last_week
),
sliced as (
  select cohort_week, 'all' as slice, 'all' as slice_value, week, retained, leaving from counted
  union all
  select cohort_week, 'country' as slice, country as slice_value, week, retained, leaving from counted
  union all
  select cohort_week, 'plan' as slice, plan as slice_value, week, retained, leaving from counted
),
cohorts as (
  select
    cohort_week, slice, slice_value,
    explode(sequence(cohort_week, cast(date_trunc('week', cast(:last_date as date)) as date), interval 7 day)) as week
  from (select distinct cohort_week, slice, slice_value from sliced)
),
every_week as (
  select cohort_week, slice, slice_value, cast(week as date) as week, 0 as retained, 0 as leaving from cohorts
  union all
  select cohort_week, slice, slice_value, week, retained, leaving from sliced
),
totals as (
  select cohort_week, slice, slice_value, week, sum(retained) as retained, sum(leaving) as leaving
  from every_week
  group by cohort_week, slice, slice_value, week
)
select
  cohort_week,
  cast(datediff(week, cohort_week) div 7 as bigint) as weeks_since,
  cast(sum(leaving) over (partition by cohort_week, slice, slice_value) as bigint) as cohort_customers,
  cast(retained as bigint) as retained,
  cast(sum(leaving) over (partition by cohort_week, slice, slice_value order by week desc) as bigint) as retained_or_later,
  cohort_week = min(cohort_week) over () as is_first_cohort,
  case when week + 7 <= :final_date then 'final' else 'provisional' end as status,
  slice,
  slice_value
from totals
