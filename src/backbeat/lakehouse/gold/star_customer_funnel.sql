with
steps as (
  select customer_key, cohort_month, 'signed_up' as step, 0 as day from funnel_days
  union all
  select customer_key, cohort_month, 'activated' as step, activated as day from funnel_days
  union all
  select customer_key, cohort_month, 'habitual' as step, habitual as day from funnel_days
  union all
  select customer_key, cohort_month, 'paid' as step, paid as day from funnel_days
)
select
  customer_key,
  cohort_month,
  step,
  cast(case when day is not null then 1 else 0 end as bigint) as customers,
  cast(case when day is not null then 1 else 0 end as double) as rate_from_start,
  cast(day as double) as median_days
from steps
