"""What metrics count over windows: one pass over a window for all metrics, then every slice and filter is a sum of cells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from backbeat import content
from backbeat.build.kpis import cells_sql, metric_threshold, shares
from backbeat.build.plan import definition
from backbeat.build.run import build_values
from backbeat.build.windows import Window
from backbeat.lake import ledger
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.tally import BUCKETS, Tally, tallies
from backbeat.specs import Metric

NUMBERS = ("numerator", "denominator")
KEPT_COUNTS = 256
Where = Mapping[str, Sequence[str]]
STORED = """
select distinct metric, window_from, window_to, slice, slice_value, numerator, denominator, threshold,
  status, definition_version
from gold.kpis"""


@dataclass(frozen=True)
class Cells:
    """A metric over a window: customers by every combination of the values of `slices`, and by bucket where it has them."""

    slices: tuple[str, ...]
    has_buckets: bool
    table: pa.Table

    def holds(self, slices: Iterable[str], *, buckets: bool) -> bool:
        """Whether these slices, and buckets, can be asked of it."""
        return {*slices} <= {*self.slices} and (self.has_buckets or not buckets)

    def sums(self, by: Iterable[str], where: Where, *, buckets: bool = False) -> list[dict[str, Any]]:
        """Rows of slice, slice_value, numerator, denominator, for all and by slices, of the customers `where` keeps."""
        kept = self.table
        for name, values in where.items():
            kept = kept.filter(pc.is_in(kept[name], pa.array(values, pa.string())))
        groups = [("all", None), *((name, name) for name in by)]
        return [row for label, name in groups for row in _sums(kept, label, name, ["bucket"] if buckets else [])]


def _sums(cells: pa.Table, label: str, name: str | None, bucket: list[str]) -> Iterator[dict[str, Any]]:
    keys = [*([name] if name else []), *bucket]
    found = cells.group_by(keys, use_threads=False).aggregate([(number, "sum") for number in NUMBERS])
    for row in found.to_pylist():
        numbers = {number: row[f"{number}_sum"] or 0 for number in NUMBERS}
        parts = {key: row[key] for key in bucket}
        yield {"slice": label, "slice_value": row[name] if name else label, **parts, **numbers}


def counts_of(lake: Lakehouse, clock: Clock, metrics: Sequence[Metric] | None = None) -> "Counts":
    """Counts of a lake as the last finished batch left it, of some metrics (all)."""
    last = ledger.last_done(ledger.current(lake))
    built = (last.built_from or {}).get("definitions", {}) if last and last.is_whole else {}
    is_up_to_date = built.get("kpis") == definition(content.tables()["kpis"], build_values(lake, clock))
    return Counts(lake, clock, shares() if metrics is None else metrics, is_up_to_date)


@dataclass
class Counts:
    """Counts of a lake as it is shown, kept while it stays so. Of the `metrics` all are counted where one is asked for."""

    lake: Lakehouse
    clock: Clock
    metrics: Sequence[Metric] = field(default_factory=shares)
    is_up_to_date: bool = False
    """Whether gold.kpis was built from what is shown, by today's definitions: then its rows are not counted again."""
    _kept: dict[Any, list[Cells]] = field(default_factory=dict)

    @cached_property
    def has_customers(self) -> bool:
        """Whether there is anybody whom metrics could count."""
        return bool(self.lake.rows("select 1 as x from silver.customers limit 1"))

    def threshold(self, metric: Metric, window: Window, given: int | None) -> int | None:
        """The threshold in force for a metric over a window, None where it has none."""
        return metric_threshold(metric, self.lake.config, window.days, given)

    def rows(
        self,
        metric: Metric,
        window: Window,
        *,
        by: Sequence[str] = (),
        where: Where | None = None,
        given: int | None = None,
    ) -> list[dict[str, Any]]:
        """Rows of slice, slice_value, numerator, denominator, not yet for people's eyes; looked up where they are stored."""
        if self.is_up_to_date and not where and (found := self.stored(metric, window, by, given)):
            return found
        cells = self._cells(metric, window, {*by, *(where or {})}, given, buckets=False)
        return cells.sums(by, where or {})

    def tallies(
        self,
        metric: Metric,
        window: Window,
        *,
        by: Sequence[str] = (),
        where: Where | None = None,
        given: int | None = None,
    ) -> dict[tuple[str, str], Tally]:
        """The same in parts, by (slice, slice_value)."""
        cells = self._cells(metric, window, {*by, *(where or {})}, given, buckets=True)
        return tallies(cells.sums(by, where or {}, buckets=True))

    def foresee(self, window: Window, slices: Iterable[str]) -> None:
        """Count a window by slices and in parts, before somebody asks for it; nothing where that has been done."""
        if missing := self._missing(window, slices, None, buckets=True):
            self._count(missing, window, slices, None, buckets=True)

    def stored(self, metric: Metric, window: Window, by: Sequence[str], given: int | None) -> list[dict[str, Any]]:
        """The rows of gold.kpis for a metric, window and slices; none where it has none for the threshold, or not all."""
        rows = self._stored.get((metric.name, window.first, window.last), [])
        limit, wanted = self.threshold(metric, window, given), {"all", *by}
        found = [row for row in rows if row["slice"] in wanted and row["threshold"] == limit]
        return found if {*by} <= {*metric.slices} else []

    @cached_property
    def _stored(self) -> dict[Any, list[dict[str, Any]]]:
        found: dict[Any, list[dict[str, Any]]] = {}
        for row in self.lake.rows(STORED) if self.lake.table("gold.kpis").exists() else ():
            found.setdefault((row["metric"], row["window_from"], row["window_to"]), []).append(row)
        return found

    def _cells(self, metric: Metric, window: Window, slices: set[str], given: int | None, *, buckets: bool) -> Cells:
        if not self._held(metric, window, slices, given, buckets=buckets):
            missing = self._missing(window, slices, given, buckets=buckets)
            together = missing if metric in missing else [metric]
            self._count(together, window, slices, given, buckets=buckets)
        return self._held(metric, window, slices, given, buckets=buckets)[0]

    def _held(
        self, metric: Metric, window: Window, slices: Iterable[str], given: int | None, *, buckets: bool
    ) -> list[Cells]:
        kept = self._kept.get(self._key(metric, window, given), [])
        return [cells for cells in kept if cells.holds(slices, buckets=buckets)]

    def _key(self, metric: Metric, window: Window, given: int | None) -> Any:
        return metric.name, window.first, window.last, self.threshold(metric, window, given)

    def _missing(self, window: Window, slices: Iterable[str], given: int | None, *, buckets: bool) -> list[Metric]:
        return [
            m for m in self.metrics if m.kind == "share" and not self._held(m, window, slices, given, buckets=buckets)
        ]

    def _count(
        self, metrics: Sequence[Metric], window: Window, slices: Iterable[str], given: int | None, *, buckets: bool
    ) -> None:
        names = tuple(sorted(slices))
        limits = [self.threshold(metric, window, given) for metric in metrics]
        values = {"threshold": next((limit for limit in limits if limit is not None), None), "buckets": BUCKETS}
        found = self.lake.arrow(cells_sql(metrics, names, by_bucket=buckets), **window.values(self.clock), **values)
        for metric in metrics:
            rows = found.filter(pc.equal(found["metric"], metric.name)).drop_columns(["metric"])
            self._kept.setdefault(self._key(metric, window, given), []).insert(0, Cells(names, buckets, rows))
        while len(self._kept) > KEPT_COUNTS:
            del self._kept[next(iter(self._kept))]
