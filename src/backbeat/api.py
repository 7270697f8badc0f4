"""The verbs of the command line as a Python object: `lake = backbeat.open(lake=…, raw=…)`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from backbeat import config as settings
from backbeat.build import Built, build
from backbeat.errors import CheckFailed, UsageError
from backbeat.ingest import Taken, ingest
from backbeat.lake import ledger
from backbeat.lake.clock import Clock, close_through, read_clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.lake.lock import writer
from backbeat.measure import Kpis, kpis

Say = Callable[[str], None]


@dataclass(frozen=True)
class RunReport:
    """What a run took, what it rebuilt, and what it had to leave."""

    taken: Taken
    built: Built | None
    clock: Clock


def open_lake(**flags: Any) -> "Lake":
    """A lake as the settings (backbeat.toml, BACKBEAT_*, then these flags) describe it. Nothing is read yet."""
    return Lake(settings.load(flags.pop("config", None), flags))


class Lake:
    """A lake and what one does with it. Answers are Arrow tables: `.to_pandas()`, `polars.from_arrow(…)`."""

    def __init__(self, config: settings.Config) -> None:
        self.config = config

    @cached_property
    def house(self) -> Lakehouse:
        return Lakehouse(self.config)

    def run(self, *, close: bool = False, full: bool = False, say: Say = lambda _: None, on_batch: Any = None) -> RunReport:
        """Take what is new, rebuild what it touches. `close`: no more will come, everything is final; `full`: all gold.

        Raises LakeBusy, InputError, CheckFailed (what failed keeps its last good version) and StorageError.
        """
        self.house.create()
        with writer(self.house.store, self.config.duration("wait").total_seconds()):
            taken = ingest(self.house, on_batch or (lambda *_: None))
            batches = self._closed(ledger.batches(self.house), close)
            clock = read_clock(self.house, batches)
            built = self._build(batches, clock, full, say)
        self._forget_views()
        return RunReport(taken, built, clock)

    def kpis(self, **question: Any) -> Kpis:
        """KPIs of a window: see backbeat.measure.kpis."""
        clock = self.show_published()
        return kpis(self.house, clock, **question)

    def sql(self, query: str) -> pa.Table:
        """The answer of a SELECT (Databricks SQL) over silver, gold and ops, as an Arrow table."""
        self.show_published()
        return self.house.arrow(query)

    def show_published(self) -> Clock:
        """Let SQL see the tables as the last finished batch left them, never two batches mixed."""
        if not self.house.exists():
            raise UsageError(f"there is no lake at {self.config.lake} yet: type `backbeat run --lake {self.config.lake} --raw RAW`")
        batches = ledger.batches(self.house)
        last = last_done(batches)
        self.house.show_all({**(last.gold_versions or {}), **(last.built_from or {})["silver"]} if last else None)
        return read_clock(self.house, batches)

    def _closed(self, batches: Sequence[Batch], close: bool) -> list[Batch]:
        clock = read_clock(self.house, batches)
        if not close or clock.as_of is None:
            return list(batches)
        return [*batches, self._extra(batches, closed_through=close_through(clock.as_of))]

    def _extra(self, batches: Iterable[Batch], **values: Any) -> Batch:
        """A batch without files, for what moves without them."""
        number = max((batch.batch_id for batch in batches), default=0) + 1
        return Batch(number, None, "planned", self.config.clock(), 0, **values)

    def _build(self, batches: Sequence[Batch], clock: Clock, full: bool, say: Say) -> Built | None:
        last = None if full else last_done(batches)
        built = build(self.house, clock, last, say)
        open_batches = [batch for batch in batches if not batch.is_done]
        if not open_batches and not built.rebuilt:
            return None
        if not built.failed:
            self._finish(open_batches or [self._extra(batches)], built)
            return built
        raise CheckFailed("; ".join(f"gold.{name} keeps its last good version: {why}" for name, why in built.failed.items()))

    def _finish(self, batches: Sequence[Batch], built: Built) -> None:
        for batch in batches:
            ledger.finish(self.house, replace(batch), gold_versions=built.versions, built_from=built.built_from)

    def _forget_views(self) -> None:
        self.house.show_all()


def last_done(batches: Iterable[Batch]) -> Batch | None:
    """The last batch whose gold was published."""
    return max((batch for batch in batches if batch.is_done), key=lambda batch: batch.batch_id, default=None)


