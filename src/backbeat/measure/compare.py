"""What changed since the period before, or a year ago, and how sure that is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.change import Change, change, weighed
from backbeat.measure.counts import Counts
from backbeat.measure.groups import shown
from backbeat.measure.periods import Against, Pair, paired
from backbeat.measure.question import Question, question
from backbeat.measure.series import series_value
from backbeat.measure.tally import NOBODY, Tally
from backbeat.specs import Metric

Counted = tuple[tuple[str, str], Tally, Tally]
"""A slice and its value, with its tally now and before."""


@dataclass(frozen=True)
class Comparison:
    """Changes between two windows; `pair` is None in a lake without sessions or customers."""

    pair: Pair | None
    against: Against
    as_of: datetime | None
    rows: tuple[Change, ...] = field(default=())

    def to_arrow(self) -> pa.Table:
        """The changes as an Arrow table, with both windows in each row."""
        return pa.Table.from_pylist([{**asdict(row), **self._windows()} for row in self.rows], schema=_SCHEMA)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """What lets `pyarrow.table(…)` and `polars.from_arrow(…)` take it as it is."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def document(self) -> dict[str, Any]:
        """The comparison as `backbeat kpis --compare … --format json` prints it."""
        windows = {name: value.isoformat() if value else None for name, value in self._windows().items()}
        return {"against": self.against, **windows, "changes": [asdict(row) for row in self.rows]}

    def _windows(self) -> dict[str, Any]:
        now, before = (self.pair.now, self.pair.before) if self.pair else (None, None)
        return {
            "window_from": now and now.first,
            "window_to": now and now.last,
            "previous_from": before and before.first,
            "previous_to": before and before.last,
        }


def compare(
    lake: Lakehouse, clock: Clock, *, against: Against = "previous", counts: Counts | None = None, **asked: Any
) -> Comparison:
    """The metrics of a window beside those of the one before it, or of the same a year before, each way by slices.

    What can be asked is in backbeat.measure.question, which days are compared in backbeat.measure.periods. Both windows
    are counted by today's definition. Groups that have fewer than `min_group` customers in either are merged. What `counts`
    has counted before is not counted again.
    """
    q = question(lake, clock, **asked)
    counts = counts or Counts(lake, clock, q.metrics)
    if q.window is None or not counts.has_customers:
        return Comparison(None, against, clock.as_of)
    pair = paired(q.window, clock, against)
    status = clock.status(q.window.last)
    rows = tuple(row for metric in q.metrics for row in _changes(counts, metric, q, pair, status))
    return Comparison(pair, against, clock.as_of, rows)


def pairs(counts: Counts, metric: Metric, q: Question, pair: Pair) -> Iterator[Counted]:
    """Each slice and value that occurs in either window, with its tally in both; not yet for people's eyes."""
    asked: dict[str, Any] = {"by": q.by, "where": q.where, "given": q.engaged_sessions}
    now, before = (counts.tallies(metric, window, **asked) for window in (pair.now, pair.before))
    for key in {("all", "all"): None, **now, **before}:
        yield key, now.get(key, NOBODY), before.get(key, NOBODY)


def smaller(row: Mapping[str, Any]) -> int:
    """The customers of a row of two tallies, `now` and `before`, in the window that has fewer; nobody is no group."""
    sizes = (row["now"].denominator, row["before"].denominator)
    return min((size for size in sizes if size), default=0)


def _changes(counts: Counts, metric: Metric, q: Question, pair: Pair, status: str) -> Iterator[Change]:
    if metric.kind == "series":
        yield _series_change(counts.lake, metric, pair, status)
        return
    yield from changes(counts, metric, q, pair, status, pairs(counts, metric, q, pair))


def changes(
    counts: Counts, metric: Metric, q: Question, pair: Pair, status: str, counted: Iterable[Counted]
) -> Iterator[Change]:
    """The changes of slice values as people may see them: small groups are merged, or withheld."""
    rows = [
        {"slice": name, "slice_value": value, "now": now, "before": before} for (name, value), now, before in counted
    ]
    size = smaller if pair.why is None else lambda row: row["now"].denominator
    groups = shown(rows, counts.lake.config.min_group, is_filtered=bool(q.where), counts=("now", "before"), size=size)
    for group in groups:
        yield change(metric, status=status, why=pair.why, **group)


def _series_change(lake: Lakehouse, metric: Metric, pair: Pair, status: str) -> Change:
    value, previous = (series_value(lake, metric, window.last) for window in (pair.now, pair.before))
    why = pair.why or ("there is no value of both days" if value is None or previous is None else None)
    labels = {"slice": "all", "slice_value": "all", "numerator": None, "denominator": None}
    return weighed(metric, value, None if why else previous, None, status=status, why=why, **labels)


_KINDS: Sequence[tuple[str, pa.DataType]] = (
    *((name, pa.date32()) for name in ("window_from", "window_to", "previous_from", "previous_to")),
    *((name, pa.string()) for name in ("metric", "slice", "slice_value")),
    *((name, pa.int64()) for name in ("numerator", "denominator", "previous_numerator", "previous_denominator")),
    *((name, pa.float64()) for name in ("value", "previous_value", "change", "low", "high", "target")),
    *((name, pa.bool_()) for name in ("is_on_target", "comparable")),
    *((name, pa.string()) for name in ("unit", "verdict", "status", "why")),
)
_SCHEMA = pa.schema(list(_KINDS))
