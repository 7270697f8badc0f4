with
counted as (
  select
    month, country, plan,
    sum(free_at_start) as free_at_start, sum(converted) as converted,
    sum(paid_at_start) as paid_at_start, sum(cancelled) as cancelled,
    sum(trials_started) as trials_started, sum(trials_ended) as trials_ended, sum(trial_to_paid) as trial_to_paid
  from monthly_conversion
  group by month, country, plan
),
sliced as (
  select month, 'all' as slice, 'all' as slice_value, free_at_start, converted, paid_at_start, cancelled, trials_started, trials_ended, trial_to_paid
  from counted
  union all
  select month, 'country' as slice, country as slice_value, free_at_start, converted, paid_at_start, cancelled, trials_started, trials_ended, trial_to_paid
  from counted
  union all
  select month, 'plan' as slice, plan as slice_value, free_at_start, converted, paid_at_start, cancelled, trials_started, trials_ended, trial_to_paid
  from counted
  union all
  select month, 'all' as slice, 'all' as slice_value, 0 as free_at_start, 0 as converted, 0 as paid_at_start, 0 as cancelled,
    0 as trials_started, 0 as trials_ended, 0 as trial_to_paid
  from months
),
totals as (
  select
    month, slice, slice_value,
    cast(sum(free_at_start) as bigint) as free_at_start,
    cast(sum(converted) as bigint) as converted,
    cast(sum(paid_at_start) as bigint) as paid_at_start,
    cast(sum(cancelled) as bigint) as cancelled,
    cast(sum(trials_started) as bigint) as trials_started,
    cast(sum(trials_ended) as bigint) as trials_ended,
    cast(sum(trial_to_paid) as bigint) as trial_to_paid
  from sliced
  group by month, slice, slice_value
)
select
  totals.month,
  free_at_start,
  converted,
  paid_at_start,
  cancelled,
  case when free_at_start > 0 then cast(converted as double) / free_at_start end as conversion_rate,
  case when paid_at_start > 0 then cast(cancelled as double) / paid_at_start end as cancel_rate,
  case when free_at_start + paid_at_start > 0
    then cast(paid_at_start as double) / (free_at_start + paid_at_start) end as paid_at_start_share,
  trials_started,
  trials_ended,
  trial_to_paid,
  totals.month = cast(date_trunc('month', cast(:first_date as date)) as date) as is_first_month,
  case when months.next_month <= cast(convert_timezone('UTC', :timezone, cast(
      timestamp_micros(unix_micros(:final_before) - :renewal_grace_days * 86400000000) as timestamp_ntz)) as date)
    then 'final' else 'provisional' end as status,
  slice,
  slice_value
from totals
join months on months.month = totals.month
where slice = 'all' or free_at_start + paid_at_start + trials_started + trials_ended > 0
