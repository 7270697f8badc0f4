/* Nobody plays so much: more plays than the cap on one day, from the first such day. */
SELECT
  customer_id,
  activity_date AS since
FROM gold.customer_day
WHERE
  plays > $p_given
