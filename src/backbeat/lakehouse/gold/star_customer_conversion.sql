select
  customer_key,
  month,
  cast(free_at_start as bigint) as free_at_start,
  cast(converted as bigint) as converted,
  cast(paid_at_start as bigint) as paid_at_start,
  cast(cancelled as bigint) as cancelled,
  case when free_at_start + paid_at_start > 0 then cast(paid_at_start as double) end as paid_at_start_share,
  cast(trials_started as bigint) as trials_started,
  cast(trials_ended as bigint) as trials_ended,
  cast(trial_to_paid as bigint) as trial_to_paid
from monthly_conversion
where free_at_start + paid_at_start + trials_started + trials_ended > 0
