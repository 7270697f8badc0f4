WITH plan_days AS (
  SELECT
    *
  FROM gold.plan_days
)
SELECT
  *
FROM (
  /* Whether an instant lies before a local midnight is seen by its local day. Of periods that share a day the order is kept */
  /* by period_number. */
  SELECT
    CAST(CONV(SUBSTRING(MD5(customer_id), 1, 15), 16, 10) AS BIGINT) AS customer_key,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY valid_from NULLS FIRST) AS period_number,
    from_date,
    to_date,
    plan,
    state
  FROM plan_days
)
