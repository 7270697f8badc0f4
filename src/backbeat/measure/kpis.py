"""KPIs of any window, sliced and filtered, from what the last finished batch published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from backbeat.build.windows import Window
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.counts import Counts, counts_of
from backbeat.measure.groups import shown
from backbeat.measure.question import Question, question
from backbeat.measure.series import series_value
from backbeat.specs import Metric

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
    notes: tuple[str, ...] = ()
    """What a reader should know of the question, in lines for people."""

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


def kpis(lake: Lakehouse, clock: Clock, *, counts: Counts | None = None, **asked: Any) -> Kpis:
    """Every share metric over a window (the default one), for all and by slices, of the customers that `where` keeps.

    What can be asked is in backbeat.measure.question. Groups below `min_group` customers are merged as `other`, or
    withheld. A series metric, where it is named, has the value of the window's last day. In a lake without customers or
    sessions every number is None. What `counts` has counted before is not counted again. Raises UsageError for names and
    dates that don't exist.
    """
    q = question(lake, clock, **asked)
    counts = counts or counts_of(lake, clock, q.metrics)
    if q.window is None or not counts.has_customers:
        return Kpis(q.window, clock.as_of, [_empty(metric, counts, q) for metric in q.metrics])
    rows = [row for metric in q.metrics for row in _metric_rows(counts, metric, q, q.window)]
    notes = (*_outside(clock, q.window), *(_filtered(lake, rows) if q.where else ()))
    return Kpis(q.window, clock.as_of, rows, q.where, notes)


def _outside(clock: Clock, window: Window) -> Iterator[str]:
    """That a window reaches beyond the data."""
    if clock.first_at and clock.as_of:
        first, last = clock.day(clock.first_at), clock.day(clock.as_of)
        if window.first < first or window.last > last:
            yield f"the lake holds sessions of {first} to {last} only: the window's other days count as days without any"


def _filtered(lake: Lakehouse, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """That a filter left too few to show, or nobody."""
    sizes = [row["denominator"] for row in rows if row["slice"] == "all" and row["value"] is None]
    if None in sizes:
        yield f"withheld where fewer than {lake.config.min_group} customers are left (min_group)"
    elif not any(row["denominator"] for row in rows):
        yield "nobody is left: are the values spelled as `backbeat kpis --by` shows them? (`other` is many small ones)"


def _metric_rows(counts: Counts, metric: Metric, q: Question, window: Window) -> list[dict[str, Any]]:
    status = counts.clock.status(window.last)
    if metric.kind == "series":
        return [{**kpi_row(metric, None, status, _NOTHING), "value": series_value(counts.lake, metric, window.last)}]
    counted = counts.rows(metric, window, by=q.by, where=q.where, given=q.engaged_sessions)
    groups = shown(counted, counts.lake.config.min_group, is_filtered=bool(q.where))
    return [kpi_row(metric, counts.threshold(metric, window, q.engaged_sessions), status, group) for group in groups]


def kpi_row(metric: Metric, limit: int | None, status: str, group: Mapping[str, Any]) -> dict[str, Any]:
    """A row of an answer, of a group that people may see."""
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


def _empty(metric: Metric, counts: Counts, q: Question) -> dict[str, Any]:
    limit = counts.threshold(metric, q.window, q.engaged_sessions) if q.window else None
    return kpi_row(metric, limit, "provisional", _NOTHING)


_NOTHING = {"numerator": None, "denominator": None, "slice": "all", "slice_value": "all"}
