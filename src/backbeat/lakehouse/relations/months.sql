-- Every month from the first session's to as_of's, with the month after it; of them those that are open.
with
begun as (
  select cast(day as date) as month
  from (
    select explode(sequence(
      cast(date_trunc('month', cast(:first_date as date)) as date),
      cast(greatest(cast(:first_date as date), cast(:last_date as date)) as date),
      interval 1 month)) as day)
)
select month, cast(month + interval 1 month as date) as next_month
from begun
where month > :open_after and month <= :last_date and :first_date <= :last_date
