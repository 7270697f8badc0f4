-- Customers registered by the window's end: by sign-up or first session, whichever is earlier; without a sign-up date, always.
select known_customers.customer_id
from known_customers
left join first_sessions on first_sessions.customer_id = known_customers.customer_id
where known_customers.signed_up_at is null
  or known_customers.signed_up_at < :to_at
  or first_sessions.first_date <= :to
