with
begun as (
  select
    customer_key, weeks, cohort_week, last_week,
    explode(sequence(cohort_week, cast(date_trunc('week', cast(:last_date as date)) as date), interval 7 day)) as week
  from cohort_members
)
select
  customer_key,
  cohort_week,
  cast(datediff(cast(week as date), cohort_week) div 7 as bigint) as weeks_since,
  cast(1 as bigint) as cohort_customers,
  cast(case when array_contains(weeks, cast(week as date)) then 1 else 0 end as bigint) as retained,
  cast(case when cast(week as date) <= last_week then 1 else 0 end as bigint) as retained_or_later
from begun
