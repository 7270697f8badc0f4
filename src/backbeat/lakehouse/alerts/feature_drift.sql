-- As of each scoring, how much further than 0.25 each (PSI, beyond what chance makes of it) a model's features have moved since
-- training, in sum; of the model that has most. What grows with the calendar alone is left out.
with
moved as (
  select
    scored.as_of,
    scored.label,
    sum(greatest(quality.value - coalesce(quality.baseline_value, 0) - 0.25, 0)) as value
  from gold.prediction_quality as quality
  join (select distinct label, model_version, as_of from gold.predictions) as scored
    on scored.label = quality.label and scored.model_version = quality.model_version
  where quality.split = 'scored' and quality.metric = 'drift' and quality.bin not in ('tenure_days', 'plan_age_days')
  group by scored.as_of, scored.label
)
select as_of as time, max(value) as value
from moved
group by as_of
