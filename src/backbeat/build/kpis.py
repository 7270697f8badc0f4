"""Metric files → SQL. Stored KPIs, KPIs of any window, slices and filters all come from here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from backbeat import content
from backbeat.build.windows import Window, stored_windows, threshold
from backbeat.config import Config
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Metric

_UNKNOWN = "'unknown'"
_NUMBERS = "count(*) filter (where in_numerator) as numerator, count(*) as denominator"


def shares() -> list[Metric]:
    """The metrics that are a share of customers."""
    return [metric for metric in content.metrics().values() if metric.kind == "share"]


def cells_sql(metrics: Sequence[Metric], slices: Sequence[str] = (), *, by_bucket: bool = False) -> str:
    """A SELECT of metric, numerator, denominator, a row for each combination of values of `slices`, which are columns.

    Everybody has one value of each slice in a window, so that any filter, and any slice, is a sum of rows. `by_bucket`
    divides them by `bucket`, one of `:buckets` equal parts of the customers. Other parameters as in the metric files;
    what the metrics share is computed once.
    """
    return content.with_relations(
        _with(_members(metrics, slices, by_bucket=by_bucket), _cells(slices, by_bucket=by_bucket))
    )


def kept_sql(where: Iterable[str]) -> str:
    """A SELECT of the customers, with every column, whose cells of `cells_sql` the filters keep.

    A customer's value of each slice is then one of the parameter `:where_SLICE`.
    """
    names = [*where]
    select = f"select everybody.* from known_customers as everybody\n{_joined('everybody', names)}\n{_kept(names)}"
    return content.with_relations(_with(_slices(names), select))


def kpi_selects(lake: Lakehouse, clock: Clock, standing: Collection[Window] = ()) -> list[str]:
    """gold.kpis as SELECTs in the engine's SQL, one a stored window that moves, with every metric and slice.

    The windows that are `standing` are read from gold.kpis as it is shown, all at once; only as_of moves on in them.
    """
    config, bind = lake.config, lake.engine.bind
    windows = list(stored_windows(config, clock))
    moving = [bind(kpi_text(), _values(config, clock, window)) for window in windows if window not in standing]
    kept = [window for window in windows if window in standing]
    selects = [*moving, *([bind(_stored(kept), {"as_of": clock.as_of})] if kept else [])]
    return selects or [bind(_nothing())]


def kpi_text() -> str:
    """The text of every metric and slice of one window: sums of cells, in which every customer is counted once a metric."""
    names = sorted({name for metric in shares() for name in metric.slices})
    labels = "\nunion all\n".join(map(_label, shares()))
    parts = {**_members(shares(), names), "cells": _cells(names), "totals": _totals(names), "labels": labels}
    return content.with_relations(_with(parts, _LABELLED))


def metric_threshold(metric: Metric, config: Config, days: int, given: int | None = None) -> int | None:
    """The threshold in force for a metric that has one, else None."""
    if not metric.has_threshold:
        return None
    return threshold(config, days) if given is None else given


def _with(parts: Mapping[str, str], select: str) -> str:
    ctes = ",\n".join(f"{name} as (\n{text}\n)" for name, text in parts.items())
    return f"with {ctes}\n{select}"


def _slices(names: Iterable[str]) -> dict[str, str]:
    return {f"by_{name}": content.slices()[name] for name in names}


def _sliced(slices: Sequence[str], *, by_bucket: bool = False) -> dict[str, str]:
    """Known customers with their slices, and their bucket where it is asked for."""
    columns = ["known_customers.customer_id", *(f"by_{name}.slice_value as {name}" for name in slices)]
    joins = _joined("known_customers", slices)
    if by_bucket:
        columns.append("buckets.bucket")
        joins += "\njoin customer_buckets as buckets on buckets.customer_id = known_customers.customer_id"
    return {**_slices(slices), "sliced_customers": f"select {', '.join(columns)}\nfrom known_customers\n{joins}"}


def _members(metrics: Sequence[Metric], slices: Sequence[str], *, by_bucket: bool = False) -> dict[str, str]:
    """Who counts in each metric, with their slices and bucket; a customer without a slice is `unknown`."""
    members = "\nunion all\n".join(
        f"select '{m.name}' as metric, m.customer_id, m.in_numerator from (\n{m.sql}\n) as m" for m in metrics
    )
    keys = _keys(slices, by_bucket=by_bucket)
    if not keys:
        return {"sliced_members": members}
    values = ", ".join(f"coalesce(sliced.{name}, {0 if name == 'bucket' else _UNKNOWN}) as {name}" for name in keys)
    sliced = f"""
select members.metric, members.in_numerator, {values}
from members
left join sliced_customers as sliced on sliced.customer_id = members.customer_id"""
    return {**_sliced(slices, by_bucket=by_bucket), "members": members, "sliced_members": sliced}


def _cells(slices: Sequence[str], *, by_bucket: bool = False) -> str:
    keys = ", ".join(["metric", *_keys(slices, by_bucket=by_bucket)])
    return f"select {keys}, {_NUMBERS} from sliced_members group by {keys}"


def _keys(slices: Sequence[str], *, by_bucket: bool) -> list[str]:
    return [*slices, *(["bucket"] if by_bucket else [])]


def _joined(customers: str, names: Iterable[str]) -> str:
    return "\n".join(f"left join by_{name} on by_{name}.customer_id = {customers}.customer_id" for name in names)


def _kept(where: Iterable[str]) -> str:
    """The condition that keeps customers by all filters; one without a slice value counts as `unknown`."""
    kept = " and ".join(f"array_contains(:where_{name}, coalesce(by_{name}.slice_value, {_UNKNOWN}))" for name in where)
    return f"where {kept}" if kept else ""


def _totals(slices: Sequence[str]) -> str:
    """Everybody, and every value of each slice, as sums of cells."""
    named = " ".join(f"when {name} is not null then '{name}'" for name in slices)
    slice_, value = (f"case {named} end", ", ".join(slices)) if slices else ("null", "null")
    sets = ", ".join(["(metric)", *(f"(metric, {name})" for name in slices)])
    return f"""
select
  metric, coalesce({slice_}, 'all') as slice, coalesce({value}, 'all') as slice_value,
  cast(sum(numerator) as bigint) as numerator, cast(sum(denominator) as bigint) as denominator
from cells
group by grouping sets ({sets})"""


def _label(metric: Metric) -> str:
    limit = "cast(:threshold as bigint)" if metric.has_threshold else "cast(null as bigint)"
    slices = ", ".join(f"'{name}'" for name in ("all", *metric.slices))
    return (
        f"select '{metric.name}' as metric, '{metric.unit}' as unit, {limit} as threshold, "
        f"cast({metric.version} as bigint) as definition_version, array({slices}) as slices"
    )


def _stored(windows: Sequence[Window]) -> str:
    """Rows of gold.kpis as they are, but for the parameter `:as_of`."""
    same = " or ".join(
        f"window_kind = '{each.kind}' and window_from = date '{each.first}' and window_to = date '{each.last}'"
        for each in windows
    )
    return f"""
select metric, window_kind, window_from, window_to, slice, slice_value, numerator, denominator, value, unit, threshold,
  definition_version, status, is_small, cast(:as_of as timestamp) as as_of
from gold.kpis
where {same}"""


def percent(numerator: str, denominator: str) -> str:
    """A share in percent, rounded half up to two decimals in whole numbers, as SQL; null of nothing."""
    hundredths = f"floor((20000 * {numerator} + {denominator}) / nullif(2 * {denominator}, 0))"
    return f"case when {denominator} > 0 then cast({hundredths} as double) / 100 end"


_LABELLED = f"""
select metric, :window_kind as window_kind, :from as window_from, :to as window_to, slice, slice_value,
  numerator, denominator, {percent("numerator", "denominator")} as value, unit, threshold,
  definition_version, :status as status, denominator < :min_group as is_small, cast(:as_of as timestamp) as as_of
from (
  select
    labels.metric, labels.unit, labels.threshold, labels.definition_version,
    coalesce(totals.slice, 'all') as slice, coalesce(totals.slice_value, 'all') as slice_value,
    coalesce(totals.numerator, 0) as numerator, coalesce(totals.denominator, 0) as denominator
  from labels
  left join totals on totals.metric = labels.metric and array_contains(labels.slices, totals.slice)
)"""
"""Everybody is a row even of nobody."""


def _values(config: Config, clock: Clock, window: Window) -> dict[str, Any]:
    return {
        **window.values(clock),
        "window_kind": window.kind,
        "threshold": threshold(config, window.days),
        "status": clock.status(window.last),
        "min_group": config.min_group,
        "as_of": clock.as_of,
    }


def _nothing() -> str:
    types = {
        "metric": "string", "window_kind": "string", "window_from": "date", "window_to": "date", "slice": "string",
        "slice_value": "string", "numerator": "bigint", "denominator": "bigint", "value": "double", "unit": "string",
        "threshold": "bigint", "definition_version": "bigint", "status": "string", "is_small": "boolean", "as_of": "timestamp",
    }  # fmt: skip
    return f"select {', '.join(f'cast(null as {kind}) as {name}' for name, kind in types.items())} where false"
