-- Days in blocks of 28, a bit each: 28 bits for the block, and below them 28 for the block before it. The 7 or 28 days
-- that end with a day are then a run of bits; customers with the same bits are counted together.
with
blocks as (
  select
    customer_key, datediff(activity_date, :first_date) div 28 as block,
    bit_or(cast(power(2, datediff(activity_date, :first_date) % 28) as bigint)) as bits
  from visits
  where activity_date <= :last_date
  group by customer_key, datediff(activity_date, :first_date) div 28
),
with_before as (
  select customer_key, block, bits * 268435456 as bits from blocks
  union all
  select customer_key, block + 1 as block, bits from blocks
),
patterns as (
  select customer_key, block, bit_or(bits) as bits
  from with_before
  group by customer_key, block
),
counted as (
  select block, bits, count(*) as customers
  from patterns
  group by block, bits
),
by_day as (
  select
    lake_days.day, lake_days.day_number, counted.customers,
    (counted.bits div cast(power(2, (lake_days.day_number - 1) % 28 + 1) as bigint)) % 268435456 as last_28
  from counted
  join lake_days on (lake_days.day_number - 1) div 28 = counted.block
),
in_window as (
  select day, 7 as window_days, bit_count(last_28 div 2097152) as active_days, customers
  from by_day
  where day_number >= 7
  union all
  select day, 28 as window_days, bit_count(last_28) as active_days, customers
  from by_day
  where day_number >= 28
)
select
  day as activity_date,
  cast(window_days as bigint) as window_days,
  cast(active_days as bigint) as active_days,
  cast(sum(customers) as bigint) as customers
from in_window
where active_days > 0
group by day, window_days, active_days
