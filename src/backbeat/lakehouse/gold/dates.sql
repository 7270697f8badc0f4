with
days as (
  select cast(day as date) as date
  from (select explode(sequence(cast(:calendar_from as date), cast(:calendar_to as date), interval 1 day)) as day)
)
select
  date,
  year(date) as year,
  quarter(date) as quarter,
  cast(date_trunc('month', date) as date) as month,
  date_format(date, 'MMMM') as month_name,
  cast(date_trunc('week', date) as date) as week_start,
  weekofyear(date) as iso_week,
  datediff(date, cast(date_trunc('week', date) as date)) + 1 as day_of_week,
  date_format(date, 'EEEE') as day_name,
  datediff(date, cast(date_trunc('week', date) as date)) >= 5 as is_weekend
from days
