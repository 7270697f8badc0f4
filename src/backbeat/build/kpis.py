"""Metric files → SQL. Stored KPIs, KPIs of any window, slices and filters all come from here."""

from collections.abc import Iterable, Sequence
from typing import Any

from backbeat import content
from backbeat.build.windows import Window, stored_windows, threshold
from backbeat.config import Config
from backbeat.content import Metric
from backbeat.engines.dialect import to_duckdb
from backbeat.lake.clock import Clock


def shares() -> list[Metric]:
    """The metrics that are a share of customers."""
    return [metric for metric in content.metrics().values() if metric.kind == "share"]


def counts_sql(metric: Metric, slices: Iterable[str] = (), where: Iterable[str] = ()) -> str:
    """A SELECT of slice, slice_value, numerator, denominator; parameters as in the metric file.

    `slices` adds rows by country, device or plan to the one for all; `where` keeps customers whose slice has one of
    the values of the parameter `:where_SLICE`, all filters together.
    """
    where = [*where]
    wanted = [*slices]
    parts = [_counted("'all'", "'all'", "")]
    parts += [
        _counted(f"'{name}'", f"coalesce({name}, 'unknown')", f"group by coalesce({name}, 'unknown')")
        for name in wanted
    ]
    members = _members(metric, sorted({*wanted, *where}), where)
    return content.with_relations(f"with members as (\n{members}\n)\n" + "\nunion all\n".join(parts))


def kpi_selects(config: Config, clock: Clock) -> list[str]:
    """gold.kpis as SELECTs in the engine's SQL, one a metric and stored window, with all its slices."""
    selects = [
        to_duckdb(_labelled(metric), _values(config, clock, metric, window))
        for window in stored_windows(config, clock)
        for metric in shares()
    ]
    return selects or [to_duckdb(_nothing())]


def kpi_texts() -> list[str]:
    """Every text that gold.kpis stands on."""
    return [_labelled(metric) for metric in shares()]


def metric_threshold(metric: Metric, config: Config, days: int, given: int | None = None) -> int | None:
    """The threshold in force for a metric that has one, else None."""
    if not metric.has_threshold:
        return None
    return threshold(config, days) if given is None else given


def _counted(label: str, value: str, group: str) -> str:
    numerator = "count(*) filter (where in_numerator)"
    return f"select {label} as slice, {value} as slice_value, {numerator} as numerator, count(*) as denominator from members {group}"


def _members(metric: Metric, names: Sequence[str], where: Sequence[str]) -> str:
    columns = ", ".join(["m.customer_id", "m.in_numerator", *(f"{name}.slice_value as {name}" for name in names)])
    joins = "\n".join(
        f"left join (\n{content.slices()[name]}\n) as {name} on {name}.customer_id = m.customer_id" for name in names
    )
    kept = " and ".join(f"array_contains(:where_{name}, coalesce({name}.slice_value, 'unknown'))" for name in where)
    return f"select {columns} from (\n{metric.sql}\n) as m\n{joins}\n{f'where {kept}' if kept else ''}"


def _labelled(metric: Metric) -> str:
    limit = "cast(:threshold as bigint)" if metric.has_threshold else "cast(null as bigint)"
    return f"""
select '{metric.name}' as metric, :window_kind as window_kind, :from as window_from, :to as window_to, slice, slice_value,
  numerator, denominator, {percent("numerator", "denominator")} as value, '{metric.unit}' as unit, {limit} as threshold,
  cast({metric.version} as bigint) as definition_version, :status as status,
  denominator < :min_group as is_small, cast(:as_of as timestamp) as as_of
from ({counts_sql(metric, metric.slices)})"""


def percent(numerator: str, denominator: str) -> str:
    """A share in percent, rounded half up to two decimals in whole numbers, as SQL; null of nothing."""
    hundredths = f"floor((20000 * {numerator} + {denominator}) / nullif(2 * {denominator}, 0))"
    return f"case when {denominator} > 0 then cast({hundredths} as double) / 100 end"


def _values(config: Config, clock: Clock, metric: Metric, window: Window) -> dict[str, Any]:
    return {
        **window.values(clock),
        "window_kind": window.kind,
        "threshold": metric_threshold(metric, config, window.days),
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
