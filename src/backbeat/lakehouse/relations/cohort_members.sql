-- Known customers who came: in which weeks, the first of them, and the last of those begun by as_of.
with
spans as (
  select
    customer_key, array_agg(week) as weeks, min(week) as cohort_week,
    least(max(week), cast(date_trunc('week', cast(:last_date as date)) as date)) as last_week
  from weeks_active
  group by customer_key
  having min(week) <= :last_date
)
select customers.customer_id, customers.country, spans.customer_key, spans.weeks, spans.cohort_week, spans.last_week
from spans
join known_customers as customers on customers.customer_key = spans.customer_key
