-- Nobody listens so often: more sessions than the cap on one day, from the first such day.
select customer_id, activity_date as since
from gold.customer_day
where sessions > :given
