with
begun as (
  select
    customer_key, cohort_week, last_week,
    explode(sequence(cohort_week, cast(date_trunc('week', cast(:last_date as date)) as date), interval 7 day)) as week
  from cohort_members
)
select
  begun.customer_key,
  begun.cohort_week,
  cast(datediff(cast(begun.week as date), begun.cohort_week) div 7 as bigint) as weeks_since,
  cast(1 as bigint) as cohort_customers,
  cast(case when weeks_active.customer_key is not null then 1 else 0 end as bigint) as retained,
  cast(case when cast(begun.week as date) <= begun.last_week then 1 else 0 end as bigint) as retained_or_later
from begun
left join weeks_active
  on weeks_active.customer_key = begun.customer_key and weeks_active.week = cast(begun.week as date)
