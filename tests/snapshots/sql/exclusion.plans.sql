/* Whoever had a subscription of such a type, in whatever case, from the day the first one began. */
SELECT
  customer_id,
  CAST(CAST(effective_start_at AS TIMESTAMP) AT TIME ZONE 'UTC' AT TIME ZONE $p_timezone AS DATE) AS since
FROM silver.subscriptions
WHERE
  ARRAY_CONTAINS(
    LIST_TRANSFORM($p_given, LAMBDA plan : LOWER(TRIM(plan, ' '))),
    LOWER(TRIM(subscription_type, ' '))
  )
