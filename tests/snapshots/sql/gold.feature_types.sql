WITH features AS (
  /* What customers can do (features.yml), a row per feature and event type that shows it. */
  SELECT
    $p_feature_names[nth] AS feature,
    $p_feature_types[nth] AS event_type,
    ARRAY_CONTAINS($p_paid_features, $p_feature_names[nth]) AS is_for_paid
  FROM (
    SELECT
      UNNEST(GENERATE_SERIES(1, ARRAY_LENGTH($p_feature_types))) AS nth
  )
), known_customers AS (
  SELECT
    *
  FROM gold.known_customers
)
SELECT
  *
FROM (
  /* Those of features.yml; and every other type that a known customer had an event of is a feature by its own name. */
  SELECT
    feature,
    event_type,
    is_for_paid
  FROM features
  UNION
  SELECT
    first_uses.event_type AS feature,
    first_uses.event_type,
    ARRAY_CONTAINS($p_paid_features, first_uses.event_type) AS is_for_paid
  FROM gold.first_uses AS first_uses
  JOIN known_customers
    ON known_customers.customer_id = first_uses.customer_id
  WHERE
    NOT ARRAY_CONTAINS($p_feature_types, first_uses.event_type)
)
