"""The lake as the last finished batch left it, read by many at once, each answer computed once an edition."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Lock, RLock
from typing import Any, TypeVar

from deltalake.exceptions import DeltaError

from backbeat import content
from backbeat.api import Lake
from backbeat.build.plan import inputs
from backbeat.build.windows import Window
from backbeat.lake import ledger
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.counts import Counts, counts_of

KEPT_ANSWERS = 512
MOST_HELD_ROWS = 5_000_000
"""Larger tables are read where they are: 60 million rows took half a minute to hold and were then counted no sooner."""
ASK_ANEW_EVERY = 1.0
IDLE_AFTER = 2.0
"""Seconds without a question, and with the same edition, after which there is time to look ahead."""
RENEW_EVERY = 30.0
"""Seconds between looks for a new edition while nobody asks for it."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Edition:
    """What is published now. `key` differs whenever a table does; `tables` are the gold and ops tables there are."""

    key: tuple[tuple[str, int], ...]
    clock: Clock
    tables: frozenset[str]
    finished_at: datetime | None
    counts: Counts


@dataclass
class Reader:
    """One engine for all readers, a question at a time. Answers are kept until a new edition is out."""

    lake: Lake
    _lock: RLock = field(default_factory=RLock)
    _edition: Edition | None = None
    _asked_at: float = 0.0
    _depth: int = 0
    _looking: Lock = field(default_factory=Lock)
    _is_looking: bool = False
    _last_read: float = 0.0
    _renewed_at: float = 0.0
    _answers: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    _gold: frozenset[str] = frozenset()

    @classmethod
    def of(cls, request: Any) -> "Reader":
        """The reader of the application that a request came to."""
        found: Reader = request.app.state.reader
        return found

    @property
    def house(self) -> Lakehouse:
        return self.lake.house

    @contextmanager
    def reading(self) -> Iterator[Edition | None]:
        """The edition to read, None where there is no lake yet.

        For as long as the block lasts nobody else reads, and no block within sees a newer edition.
        """
        self.interrupt()
        with self._lock:
            if not self._depth:
                self._renew()
            self._depth += 1
            try:
                yield self._edition
            finally:
                self._depth -= 1

    def answer(self, question: Hashable, compute: Callable[[Edition | None], _T]) -> _T:
        """The kept answer to a question, else a computed one."""
        with self.reading() as edition:
            if question not in self._answers:
                self._answers[question] = compute(edition)
                while len(self._answers) > KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(question)
            found: _T = self._answers[question]
            return found

    def look_ahead(self, windows: Callable[[Edition], Iterable[Window]]) -> None:
        """Count windows that readers are likely to ask for, by every slice, one at a time.

        Only while nobody asks: who does so interrupts a step, which is then a StorageError.
        """
        if time.monotonic() - self._renewed_at > RENEW_EVERY:
            self._step(None, self._renew)
        edition = self._edition
        if edition is None:
            return
        for window in windows(edition):
            self._step(edition, partial(edition.counts.foresee, window, content.slices()))

    def interrupt(self) -> None:
        """Let nobody look ahead for a while."""
        self._last_read = time.monotonic()
        with self._looking:
            if self._is_looking:
                self.house.engine.interrupt()

    def _step(self, edition: Edition | None, work: Callable[[], object]) -> None:
        """Do some work on an edition, unless it is gone or somebody reads."""
        with self._lock, self.house.engine_errors_as_ours():
            is_gone = edition is not None and edition is not self._edition
            if is_gone or time.monotonic() - max(self._last_read, self._renewed_at) < IDLE_AFTER:
                return
            self._say_looking(True)
            try:
                work()
            finally:
                self._say_looking(False)

    def _say_looking(self, is_looking: bool) -> None:
        with self._looking:
            self._is_looking = is_looking

    def _renew(self) -> None:
        is_recent = time.monotonic() - self._asked_at < ASK_ANEW_EVERY
        if is_recent and not self.house.store.is_local:
            return
        if is_recent:
            self._catch_up()
        else:
            self._asked_at = time.monotonic()
            self.house.refresh()
        key = self._key() if self.house.exists() else ()
        if self._edition is None or self._edition.key != key:
            self._answers.clear()
            self._renewed_at = time.monotonic()
            self._asked_at = 0.0  # who interrupts what follows does all of it anew
            self._edition = self._published(key) if key else None
            self._asked_at = time.monotonic()

    def _catch_up(self) -> None:
        """See new commits; that the lake was made anew since is seen the next time the tables are opened."""
        try:
            self.house.catch_up(name for name, _ in (self._edition.key if self._edition else ()))
        except DeltaError:
            self.house.refresh()

    def _key(self) -> tuple[tuple[str, int], ...]:
        """The versions of the ledger, which moves with every batch, and of the tables that move without one."""
        names = ["ops.batches", *self._loose()]
        return tuple((name, self.house.table(name).version()) for name in names)

    def _loose(self) -> list[str]:
        if self._edition is None:
            return []
        batched = {"ops.batches", "ops.files", *self._gold}
        return sorted(name for name in self._edition.tables - batched if not name.startswith("silver."))

    def _published(self, key: tuple[tuple[str, int], ...]) -> Edition:
        clock = self.lake.show_published()
        self._hold()
        last = ledger.last_done(ledger.current(self.house))
        self._gold = frozenset((last.gold_versions or {}) if last else ())
        tables = frozenset(name for name in self.house.names() if self.house.table(name).exists())
        counts = counts_of(self.house, clock)
        edition = Edition(key, clock, tables, last.finished_at if last else None, counts)
        self._edition = edition
        return replace(edition, key=self._key())

    def _hold(self) -> None:
        """Keep what metrics read in memory, where it fits: any window is then answered six times sooner."""
        names = sorted(inputs(content.tables()["kpis"]))
        if not all(self.house.table(name).exists() for name in names):
            return
        counted = " + ".join(f"(select count(*) from {name})" for name in names)
        if 0 < self.house.rows(f"select {counted} as n")[0]["n"] <= MOST_HELD_ROWS:
            self.house.hold_customers(names)
