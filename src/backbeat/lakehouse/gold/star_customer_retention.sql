with
begun as (
  select
    customer_id, cohort_week, last_week,
    explode(sequence(cohort_week, cast(date_trunc('week', cast(:last_date as date)) as date), interval 7 day)) as week
  from cohort_members
)
select
  cast(conv(substr(md5(begun.customer_id), 1, 15), 16, 10) as bigint) as customer_key,
  begun.cohort_week,
  cast(datediff(cast(begun.week as date), begun.cohort_week) div 7 as bigint) as weeks_since,
  cast(1 as bigint) as cohort_customers,
  cast(case when weeks_active.customer_id is not null then 1 else 0 end as bigint) as retained,
  cast(case when cast(begun.week as date) <= begun.last_week then 1 else 0 end as bigint) as retained_or_later
from begun
left join weeks_active
  on weeks_active.customer_id = begun.customer_id and weeks_active.week = cast(begun.week as date)
