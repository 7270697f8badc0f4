WITH days AS (
  SELECT
    CAST(day AS DATE) AS date
  FROM (
    SELECT
      UNNEST(
        GENERATE_SERIES(CAST($p_calendar_from AS DATE), CAST($p_calendar_to AS DATE), INTERVAL '1' DAY)
      ) AS day
  )
)
SELECT
  date,
  YEAR(CAST(date AS DATE)) AS year,
  QUARTER(date) AS quarter,
  CAST(DATE_TRUNC('MONTH', date) AS DATE) AS month,
  STRFTIME(CAST(date AS TIMESTAMP), '%B') AS month_name,
  CAST(DATE_TRUNC('WEEK', date) AS DATE) AS week_start,
  WEEKOFYEAR(CAST(date AS DATE)) AS iso_week,
  DATE_DIFF('DAY', CAST(DATE_TRUNC('WEEK', date) AS DATE), date) + 1 AS day_of_week,
  STRFTIME(CAST(date AS TIMESTAMP), '%A') AS day_name,
  DATE_DIFF('DAY', CAST(DATE_TRUNC('WEEK', date) AS DATE), date) >= 5 AS is_weekend
FROM days
