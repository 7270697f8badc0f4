-- Customers in equal parts by a hash of the id: leaving one part out after the other says how sure a change is.
select
  customer_id,
  ((instr('0123456789abcdef', substr(hash, 1, 1)) - 1) * 4096
    + (instr('0123456789abcdef', substr(hash, 2, 1)) - 1) * 256
    + (instr('0123456789abcdef', substr(hash, 3, 1)) - 1) * 16
    + (instr('0123456789abcdef', substr(hash, 4, 1)) - 1)) % :buckets as bucket
from (select customer_id, md5(customer_id) as hash from known_customers)
