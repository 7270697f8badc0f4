-- What each known customer was at a month's start, became in it, and did of trials, as ones and zeros.
-- What somebody is at a month's start is the plan just before 00:00 of the 1st. A trial is neither free nor paid.
with
starts as (
  select
    months.month, customers.customer_id, customers.customer_key, customers.country,
    coalesce(plan_days.plan, 'free') as plan, coalesce(plan_days.state, 'free') as state,
    customers.registered_date is null or customers.registered_date < months.month as is_registered
  from joined_customers as customers
  cross join months
  left join plan_days
    on plan_days.customer_id = customers.customer_id
    and plan_days.from_date < months.month
    and (plan_days.to_date is null or plan_days.to_date >= months.month)
),
conversions as (
  select distinct cover_days.customer_id, months.month
  from cover_days
  join months on months.month = cast(date_trunc('month', cover_days.from_date) as date)
  where cover_days.state = 'paid'
    and (cover_days.covers_to is null
      or cover_days.covers_to > cover_days.covers_from + interval 24 hours
      or cover_days.to_date >= months.next_month)
),
paid as (
  select
    customer_id, valid_from, valid_to, to_date,
    lead(valid_from) over (partition by customer_id order by valid_from) as paid_again_at
  from plan_days
  where state = 'paid'
),
cancellations as (
  select distinct customer_id, cast(date_trunc('month', to_date) as date) as month
  from paid
  where valid_to is not null
    and (paid_again_at is null
      or unix_micros(paid_again_at) - unix_micros(valid_to) >= :renewal_grace_days * 86400000000)
),
trials as (
  select customer_id, subscription_id, covers_from, covers_to, from_date, last_date
  from cover_days
  where state = 'trial'
),
paid_after as (
  select distinct trials.customer_id, trials.subscription_id, trials.covers_from, trials.last_date
  from trials
  join paid
    on paid.customer_id = trials.customer_id
    and paid.valid_from < trials.covers_to + interval 24 hours
    and (paid.valid_to is null or paid.valid_to > trials.covers_to)
),
trial_changes as (
  select customer_id, from_date as changed_date, 1 as started, 0 as ended, 0 as to_paid from trials
  union all
  select customer_id, last_date as changed_date, 0 as started, 1 as ended, 0 as to_paid from trials where last_date is not null
  union all
  select customer_id, last_date as changed_date, 0 as started, 0 as ended, 1 as to_paid from paid_after
),
trials_in_month as (
  select
    customer_id, cast(date_trunc('month', changed_date) as date) as month,
    sum(started) as started, sum(ended) as ended, sum(to_paid) as to_paid
  from trial_changes
  group by customer_id, cast(date_trunc('month', changed_date) as date)
)
select
  starts.month, starts.customer_id, starts.customer_key, starts.country, starts.plan,
  case when is_registered and state = 'free' then 1 else 0 end as free_at_start,
  case when is_registered and state = 'free' and conversions.customer_id is not null then 1 else 0 end as converted,
  case when is_registered and state = 'paid' then 1 else 0 end as paid_at_start,
  case when is_registered and state = 'paid' and cancellations.customer_id is not null then 1 else 0 end as cancelled,
  coalesce(trials_in_month.started, 0) as trials_started,
  coalesce(trials_in_month.ended, 0) as trials_ended,
  coalesce(trials_in_month.to_paid, 0) as trial_to_paid
from starts
left join conversions on conversions.customer_id = starts.customer_id and conversions.month = starts.month
left join cancellations on cancellations.customer_id = starts.customer_id and cancellations.month = starts.month
left join trials_in_month on trials_in_month.customer_id = starts.customer_id and trials_in_month.month = starts.month
