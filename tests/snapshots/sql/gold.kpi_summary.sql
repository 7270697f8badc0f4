SELECT
  metric,
  value
FROM gold.kpis
WHERE
  window_kind = 'default' AND slice = 'all' AND ARRAY_CONTAINS($p_headlines, metric)
