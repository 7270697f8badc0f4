WITH plan_days AS (
  /* Plans by local days. The plan just before the day D begins is the one with from_date < D and to_date >= D, or null. */
  SELECT
    customer_id,
    plan,
    state,
    valid_from,
    valid_to,
    CAST(CAST(valid_from AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS from_date,
    CAST(CAST(valid_to AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS to_date
  FROM gold.plan_periods
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
