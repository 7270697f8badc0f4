-- Known customers by the days that began it: registered_date is the sign-up's or the first session's, whichever is
-- earlier (null = always); joined_date the sign-up's, without one the first session's (null = never came).
with
dated as (
  select
    known_customers.customer_id,
    known_customers.customer_key,
    coalesce(known_customers.country, 'unknown') as country,
    cast(convert_timezone('UTC', :timezone, cast(known_customers.signed_up_at as timestamp_ntz)) as date) as signed_up_date,
    first_sessions.first_date
  from known_customers
  left join first_sessions on first_sessions.customer_id = known_customers.customer_id
)
select
  customer_id,
  customer_key,
  country,
  case when signed_up_date is not null then least(signed_up_date, first_date) end as registered_date,
  coalesce(signed_up_date, first_date) as joined_date
from dated
