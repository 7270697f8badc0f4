with
counted as (
  select sessions, count(*) as customers
  from active_customers
  group by sessions
)
select
  sessions,
  customers,
  cast(sum(customers) over (order by sessions desc rows between unbounded preceding and current row) as bigint) as customers_at_least
from counted
