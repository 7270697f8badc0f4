-- As of each scoring, the factor by which the odds of a positive have at least moved since training, up or down: chance is
-- allowed for by the end of the share's interval that lies nearest. Of the label that has moved most.
with
shares as (
  select scored.as_of, quality.low, quality.high, quality.baseline_value as trained
  from gold.prediction_quality as quality
  join (select distinct label, model_version, as_of from gold.predictions) as scored
    on scored.label = quality.label and scored.model_version = quality.model_version
  where quality.split = 'scored' and quality.metric = 'base_rate'
    and quality.baseline_value > 0 and quality.baseline_value < 1
),
odds as (
  select
    as_of,
    trained / (1 - trained) as trained,
    low / nullif(1 - low, 0) as at_least,
    high / nullif(1 - high, 0) as at_most
  from shares
)
select as_of as time, max(greatest(at_least / trained, trained / nullif(at_most, 0), 1)) as value
from odds
group by as_of
