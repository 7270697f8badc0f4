select metric, value
from gold.kpis
where window_kind = 'default' and slice = 'all' and array_contains(:headlines, metric)
