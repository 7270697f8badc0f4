"""KPIs of any window, sliced and filtered, from what the last finished batch published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.build.kpis import counts_sql, metric_threshold, shares
from backbeat.build.windows import Window, default_window
from backbeat.content import Metric
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.groups import shown

_SCHEMA = pa.schema(
    [
        ("metric", pa.string()),
        ("window_from", pa.date32()),
        ("window_to", pa.date32()),
        ("slice", pa.string()),
        ("slice_value", pa.string()),
        ("numerator", pa.int64()),
        ("denominator", pa.int64()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("threshold", pa.int64()),
        ("definition_version", pa.int64()),
        ("status", pa.string()),
        ("as_of", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class Kpis:
    """Metrics over a window: each row one metric and slice. Values are percent, rounded half up to two decimals."""

    window: Window | None
    as_of: datetime | None
    rows: list[dict[str, Any]]
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table, with the window and as_of in each."""
        first, last = (self.window.first, self.window.last) if self.window else (None, None)
        shared = {"window_from": first, "window_to": last, "as_of": self.as_of}
        return pa.Table.from_pylist([{**row, **shared} for row in self.rows], schema=_SCHEMA)

    def to_pandas(self) -> Any:
        """The rows as a pandas frame."""
        return self.to_arrow().to_pandas()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What lets `pyarrow.table(…)` and `polars.from_arrow(…)` take it as it is."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def document(self) -> dict[str, Any]:
        """The answer as `backbeat kpis --format json` prints it."""
        window = {"from": self.window.first.isoformat(), "to": self.window.last.isoformat()} if self.window else None
        as_of = self.as_of.isoformat() if self.as_of else None
        filtered = {"where": {name: [*values] for name, values in self.where.items()}} if self.where else {}
        return {"window": window, "as_of": as_of, **filtered, "kpis": self.rows}


def kpis(
    lake: Lakehouse,
    clock: Clock,
    *,
    first: date | None = None,
    last: date | None = None,
    engaged_sessions: int | None = None,
    by: Sequence[str] = (),
    where: Mapping[str, Sequence[str]] | None = None,
    metrics: Sequence[str] = (),
) -> Kpis:
    """Every share metric over a window (the default one), for all and by slices, of the customers that `where` keeps.

    Groups below `min_group` customers are merged as `other`, or withheld. In a lake without customers or sessions
    every number is None. Raises UsageError for names and dates that don't exist.
    """
    window = _window(lake, clock, first, last)
    chosen = _chosen(metrics)
    _known_slices([*by, *(where or {})])
    if window is None or not lake.rows("select 1 as x from silver.customers limit 1"):
        return Kpis(window, clock.as_of, [_empty(metric, lake, window) for metric in chosen])
    rows = [
        row
        for metric in chosen
        for row in _metric_rows(
            lake, clock, metric, window, by=by, where=where or {}, engaged_sessions=engaged_sessions
        )
    ]
    return Kpis(window, clock.as_of, rows, where or {})


def _window(lake: Lakehouse, clock: Clock, first: date | None, last: date | None) -> Window | None:
    if first and last:
        if last < first:
            raise UsageError(f"--from {first} is after --to {last}: turn them round")
        return Window("given", first, last)
    if first or last:
        raise UsageError("give both --from and --to, or neither for the default window")
    return default_window(lake.config, clock.as_of, clock) if clock.as_of else None


def _chosen(names: Sequence[str]) -> list[Metric]:
    known = {metric.name: metric for metric in shares()}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no metric '{name}'; there are {', '.join(known)}")
    return [metric for name, metric in known.items() if not names or name in names]


def _known_slices(names: Sequence[str]) -> None:
    for name in names:
        if name not in content.slices():
            raise UsageError(f"customers can't be sliced by '{name}'; they can by {', '.join(content.slices())}")


def _metric_rows(
    lake: Lakehouse,
    clock: Clock,
    metric: Metric,
    window: Window,
    *,
    by: Sequence[str],
    where: Mapping[str, Sequence[str]],
    engaged_sessions: int | None,
) -> list[dict[str, Any]]:
    limit = metric_threshold(metric, lake.config, window.days, engaged_sessions)
    kept = {f"where_{name}": [*values] for name, values in where.items()}
    counted = lake.rows(counts_sql(metric, by, where), **window.values(clock), threshold=limit, **kept)
    groups = shown(counted, lake.config.min_group, is_filtered=bool(where))
    return [_row(metric, limit, clock.status(window.last), group) for group in groups]


def _row(metric: Metric, limit: int | None, status: str, group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "metric": metric.name,
        "numerator": group["numerator"],
        "denominator": group["denominator"],
        "value": share_in_percent(group["numerator"], group["denominator"]),
        "unit": metric.unit,
        "threshold": limit,
        "slice": group["slice"],
        "slice_value": group["slice_value"],
        "status": status,
        "definition_version": metric.version,
    }


def share_in_percent(numerator: int | None, denominator: int | None) -> float | None:
    """A share in percent, rounded half up to two decimals; None of nothing or of what is withheld."""
    if numerator is None or not denominator:
        return None
    return ((20000 * numerator + denominator) // (2 * denominator)) / 100


def _empty(metric: Metric, lake: Lakehouse, window: Window | None) -> dict[str, Any]:
    limit = metric_threshold(metric, lake.config, window.days) if window else None
    nothing = {"numerator": None, "denominator": None, "slice": "all", "slice_value": "all"}
    return _row(metric, limit, "provisional", nothing)
