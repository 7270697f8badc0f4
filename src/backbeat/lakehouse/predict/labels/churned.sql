-- Of those active in the :horizon_days days up to :to: churned without a session in as many days after it. The baseline
-- takes a customer without a session in the later half of the days up to :to for one who is leaving.
select
  customers.customer_id,
  coalesce(sum(days.sessions) filter (
    where days.activity_date between :to - cast(:horizon_days div 2 as int) + 1 and :to), 0) = 0 as baseline,
  coalesce(sum(days.sessions) filter (where days.activity_date > :to), 0) = 0 as is_positive
from registered_customers as customers
join gold.customer_day as days
  on days.customer_id = customers.customer_id
  and days.activity_date between :to - :horizon_days + 1 and :to + :horizon_days
group by customers.customer_id
having sum(days.sessions) filter (where days.activity_date <= :to) > 0
