"""The loop of `run --follow`: look, take, publish, tell; on trouble say so, wait longer, go on."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event
from typing import Any

from backbeat.engines.engine import Arrivals
from backbeat.errors import BackbeatError, UsageError
from backbeat.follow.beat import Beat
from backbeat.follow.upkeep import Upkeep
from backbeat.follow.watch import New, Watch
from backbeat.ingest import Taken
from backbeat.ingest.derive import derive_sessions
from backbeat.ingest.notes import rejections
from backbeat.ingest.run import ingest_some, resume
from backbeat.lake import ledger
from backbeat.lake.clock import EVERYTHING, Clock, newest_arrival, open_windows, watermark
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.lake.registration import register
from backbeat.lake.storage import Store

PERIOD_SECONDS = 300
"""How often tables of `refresh: period` are brought up to date."""
CATCHING_UP_SECONDS = 20
"""How often gold is published while more files wait than one micro-batch takes; a new lake's first files are all taken
before it is, if that takes no longer than a period."""
LONGEST_PAUSE = 30.0
CHECKPOINT = "_checkpoints/raw"
"""Where in the lake a stream keeps which files it has told of."""
SESSIONS_COME_FROM = {"sessions", "events"}
STILL_WRITTEN_MS = 5_000
"""A file that young whose footer can't be read is taken for one that is still being written."""

Publish = Callable[..., tuple[Clock, Any, Sequence[str]]]


@dataclass
class Follower:
    """Follows a raw folder. `writing` holds the lake, `publish` brings gold up to date, `tell` hears every beat."""

    house: Lakehouse
    writing: Callable[[], AbstractContextManager[None]]
    publish: Publish
    tell: Callable[[Beat], None]
    poll: float
    _begun: float = field(init=False)
    _arrivals: Arrivals | None = field(init=False)
    _watch: Watch = field(init=False)
    _upkeep: Upkeep = field(init=False)
    _clock: Clock | None = None
    _refreshed: float | None = None
    _published: float = field(default_factory=time.monotonic)
    _is_first: bool | None = None
    _active_at: datetime | None = None
    _late: int = 0
    _quarantined: int = 0
    _told_through: int = 0
    _owes: bool = False

    def __post_init__(self) -> None:
        self._begun = time.monotonic()
        self.house.holds_keys = True
        raw, checkpoint = Store(self.house.config.raw).uri(), self.house.store.uri(CHECKPOINT)
        self._arrivals = self.house.engine.arrivals(raw, checkpoint, self.poll)
        self._watch = Watch(self.house, self._arrivals)
        self._upkeep = Upkeep(self.house)

    def follow(self, stop: Event) -> None:
        """Go on until `stop` is set; then bring everything up to date. Only that last step raises."""
        try:
            self._go_on(stop)
        finally:
            if self._arrivals:
                self._arrivals.close()

    def _go_on(self, stop: Event) -> None:
        pause = self.poll
        while not stop.is_set():
            try:
                pause = 0 if self._step() else self.poll
            except UsageError:
                raise  # waiting does not mend a setting or a content file
            except BackbeatError as error:
                pause = min(max(2 * pause, 1.0), LONGEST_PAUSE)
                self._trouble(error, pause)
            stop.wait(pause)
        if self._clock is not None:
            self._refresh("stop")

    def _step(self) -> bool:
        """Do what is to be done now; whether there was anything."""
        if self._clock and time.monotonic() - (self._refreshed or self._begun) >= PERIOD_SECONDS:
            self._refresh("period")
        with self.house.engine_errors_as_ours():
            new = self._watch.look()
        self.house.is_behind = self._awaits(new)
        if new and self._take(new):
            return True
        if self._refreshed is None:
            self._refresh("start")
        elif self._owes and not new:
            self._publish_now("batch", only_batch=True)
        elif self._is_idle():
            self._publish_now("idle", close=True, only_batch=True)
        return False

    def _refresh(self, what: str) -> None:
        """Bring all tables up to date, those of `refresh: period`, too."""
        self.house.refresh()
        self._publish_now(what)
        self._refreshed = time.monotonic()

    def _publish_now(self, what: str, **how: Any) -> None:
        with self.writing():
            if resume(self.house):
                derive_sessions(self.house)
            self._clock, _, notes = self.publish(**how)
            self._published, self._owes = time.monotonic(), False
            if not how:
                self._upkeep.after_all()
        unnamed = () if how else self._registered()
        self.tell(self._beat(what, message="; ".join([*notes, *unnamed]) or None))

    def _registered(self) -> tuple[str, ...]:
        """What is to be said where a catalog does not know every table by name; it is told again with the next period."""
        try:
            return register(self.house)
        except BackbeatError as error:
            return (str(error),)

    def _take(self, new: New) -> bool:
        """One micro-batch; False where the files were gone, taken by others, or are still being written."""
        begun, young = time.monotonic(), int(self.house.config.clock().timestamp() * 1000) - STILL_WRITTEN_MS
        with self.writing():
            resumed = resume(self.house)
            new = self._watch.left(new)
            if self._is_first is None:
                self._is_first = ledger.last_done(ledger.current(self.house)) is None
            taken = self._ingest(resumed, new, young)
            waiting = self._watch.left(new)
            left = [entry for entries in waiting.values() for entry in entries]
            self.house.is_behind = self._awaits(waiting)
            is_behind = self._watch.has_more or any(entry.modified_ms <= young for entry in left)
            notes = self._publish_batch(is_behind=is_behind) if taken.batches else ()
        taken = self._untold(taken)
        if not taken.batches and not self._watch.rejected:
            return False
        self.tell(self._taken_beat(taken, time.monotonic() - begun, len(left), notes))
        return True

    def _awaits(self, new: New) -> bool:
        """Whether files of sessions wait, or of the events that sessions may come from."""
        return self._watch.has_more or not SESSIONS_COME_FROM.isdisjoint(new)

    def _publish_batch(self, *, is_behind: bool) -> Sequence[str]:
        pause = PERIOD_SECONDS if self._is_first else CATCHING_UP_SECONDS
        self._owes = is_behind and time.monotonic() - self._published < pause
        if self._owes:
            return ()
        self._is_first = bool(self._is_first and is_behind)
        self._clock, _, notes = self.publish(only_batch=True)
        self._published = time.monotonic()
        self._upkeep.after_batch()
        return notes

    def _ingest(self, resumed: Sequence[Batch], new: New, young: int) -> Taken:
        taken = ingest_some(self.house, resumed, new, young, is_first=bool(self._is_first))
        self._active_at = self.house.config.clock() if taken.batches else self._active_at
        return taken

    def _untold(self, taken: Taken) -> Taken:
        """Without the batches that were told before: until they are published they are taken up each time."""
        batches = tuple(batch for batch in taken.batches if batch.batch_id > self._told_through)
        self._told_through = max((batch.batch_id for batch in batches), default=self._told_through)
        self._late += sum(batch.rows_late for batch in batches)
        self._quarantined += sum(batch.rows_quarantined for batch in batches)
        return replace(taken, batches=batches)

    def _is_idle(self) -> bool:
        """Whether nothing has come for `idle_timeout` while there are windows to be closed."""
        if self._clock is None or self._clock.as_of is None or self._clock.final_before == EVERYTHING:
            return False
        self._active_at = self._active_at or newest_arrival(self.house)
        quiet = self.house.config.clock() - (self._active_at or self._clock.as_of)
        return quiet > self.house.config.duration("idle_timeout")

    def _trouble(self, error: BackbeatError, pause: float) -> None:
        self.house.refresh()
        self.house.is_behind = False
        self.tell(self._beat("trouble", message=f"{error}; trying again in {pause:.0f} s"))

    def _taken_beat(self, taken: Taken, seconds: float, left: int, notes: Sequence[str]) -> Beat:
        modified = [file["modified_ms"] for batch in taken.batches for file in batch.planned_files]
        oldest = datetime.fromtimestamp(min(modified) / 1000, UTC) if modified else None
        rows = sum(batch.rows_read for batch in taken.batches)
        return self._beat(
            "batch",
            files=sum(batch.files for batch in taken.batches),
            rows=rows,
            rows_per_second=rows / seconds,
            lag_seconds=(self.house.config.clock() - oldest).total_seconds() if oldest else None,
            rejected=len(self._watch.rejected),
            waiting_files=left,
            message="; ".join([*rejections(self._watch.rejected), *notes]) or None,
        )

    def _beat(self, what: str, **more: Any) -> Beat:
        clock = self._clock
        as_of = clock.as_of if clock else None
        return Beat(
            what=what,
            at=self.house.config.clock(),
            as_of=as_of,
            watermark=watermark(self.house.config, as_of) if as_of else None,
            open_windows=open_windows(clock) if clock else 0,
            late=self._late,
            quarantined=self._quarantined,
            alerts_firing=self.house.firing,
            **more,
        )
