/* Nobody listens so often: more sessions than the cap on one day, from the first such day. */
SELECT
  customer_id,
  activity_date AS since
FROM gold.customer_day
WHERE
  sessions > $p_given
