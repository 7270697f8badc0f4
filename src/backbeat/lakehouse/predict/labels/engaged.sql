-- Engaged: at least :threshold sessions in the :horizon_days days after :to; the baseline asks it of as many days up to :to.
select
  customers.customer_id,
  coalesce(sum(days.sessions) filter (where days.activity_date <= :to), 0) >= :threshold as baseline,
  coalesce(sum(days.sessions) filter (where days.activity_date > :to), 0) >= :threshold as is_positive
from registered_customers as customers
left join gold.customer_day as days
  on days.customer_id = customers.customer_id
  and days.activity_date between :to - :horizon_days + 1 and :to + :horizon_days
group by customers.customer_id
