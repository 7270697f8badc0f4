-- Known customers who came: the week of the first session, and the last in which they came of those begun by as_of.
select
  customer_id, min(week) as cohort_week,
  least(max(week), cast(date_trunc('week', cast(:last_date as date)) as date)) as last_week
from weeks_active
group by customer_id
having min(week) <= :last_date
