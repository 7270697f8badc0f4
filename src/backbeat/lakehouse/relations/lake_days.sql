-- Every day from the first session's to as_of's, numbered from 1; of them those that are open.
with
begun as (
  select cast(day as date) as day
  from (
    select explode(sequence(
      cast(:first_date as date),
      cast(greatest(cast(:first_date as date), cast(:last_date as date)) as date),
      interval 1 day)) as day)
)
select day, datediff(day, :first_date) + 1 as day_number
from begun
where day <= :last_date and day > :open_after
