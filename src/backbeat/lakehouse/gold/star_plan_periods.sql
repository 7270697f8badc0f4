-- Whether an instant lies before a local midnight is seen by its local day. Of periods that share a day the order is kept
-- by period_number.
select
  cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) as customer_key,
  row_number() over (partition by customer_id order by valid_from) as period_number,
  from_date, to_date, plan, state
from plan_days
