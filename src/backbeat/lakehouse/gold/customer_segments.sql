-- A visit on one of the last 28 days of a month counts for the month after it.
with
counted as (
  select visits.customer_id, months.month, count(*) as active_days
  from visits
  join months on months.month = cast(date_trunc('month', visits.activity_date) + interval 1 month as date)
  where visits.activity_date >= months.month - 28
  group by visits.customer_id, months.month
),
members as (
  select customers.customer_id, months.month
  from joined_customers as customers
  cross join months
  where months.month - 28 >= :first_date
    and (customers.registered_date is null or customers.registered_date < months.month)
)
select
  members.customer_id,
  members.month,
  coalesce(counted.active_days, 0) as active_days,
  case
    when counted.active_days >= 21 then 'core'
    when counted.active_days >= 14 then 'regular'
    when counted.active_days >= 7 then 'casual'
    when counted.active_days >= 1 then 'infrequent'
    else 'none'
  end as segment
from members
left join counted on counted.customer_id = members.customer_id and counted.month = members.month
