with
sliced as (
  select cohort_month, 'all' as slice, 'all' as slice_value, activated, habitual, paid from funnel_days
  union all
  select cohort_month, 'country' as slice, country as slice_value, activated, habitual, paid from funnel_days
  union all
  select cohort_month, 'plan' as slice, plan as slice_value, activated, habitual, paid from funnel_days
),
totals as (
  select
    cohort_month, slice, slice_value, count(*) as signed_up,
    count(activated) as activated, median(activated) as activated_after,
    count(habitual) as habitual, median(habitual) as habitual_after,
    count(paid) as paid, median(paid) as paid_after
  from sliced
  group by cohort_month, slice, slice_value
),
steps as (
  select cohort_month, slice, slice_value, signed_up, 'signed_up' as step, signed_up as customers, 0 as median_days from totals
  union all
  select cohort_month, slice, slice_value, signed_up, 'activated' as step, activated as customers, activated_after as median_days
  from totals
  union all
  select cohort_month, slice, slice_value, signed_up, 'habitual' as step, habitual as customers, habitual_after as median_days
  from totals
  union all
  select cohort_month, slice, slice_value, signed_up, 'paid' as step, paid as customers, paid_after as median_days from totals
)
select
  steps.cohort_month,
  step,
  customers,
  cast(customers as double) / signed_up as rate_from_start,
  cast(median_days as double) as median_days,
  case when months.next_month + 90 <= :final_date then 'final' else 'provisional' end as status,
  slice,
  slice_value
from steps
join months on months.month = steps.cohort_month
