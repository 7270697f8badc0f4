"""The verbs of the command line as a Python object: `lake = backbeat.open(lake=…, raw=…)`."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
from msgspec.structs import replace

from backbeat import alert, content
from backbeat.alert.verbs import Alerts
from backbeat.build import Built, build
from backbeat.build.blame import blaming
from backbeat.build.definitions import Known, known_definitions
from backbeat.build.plan import in_order
from backbeat.build.preview import preview
from backbeat.build.restate import restate
from backbeat.build.run import build_values
from backbeat.build.windows import Window
from backbeat.config import Config
from backbeat.engines.dialect import demand_select
from backbeat.errors import BackbeatError, CheckFailed, InputError, UsageError
from backbeat.ingest import Taken, ingest, quarantine
from backbeat.ingest.derive import derive_sessions
from backbeat.ingest.notes import lacking, run_notes
from backbeat.ingest.places import demand_places
from backbeat.ingest.retract import plan_retraction, retract
from backbeat.ingest.run import resume
from backbeat.ingest.validate import REASONS
from backbeat.lake import ledger
from backbeat.lake.clock import CLOCK_TABLES, Clock, close_through, read_clock, shown_clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.lake.lock import writer
from backbeat.lake.registration import register
from backbeat.measure import Comparison, Kpis, Split, compare, kpis, split
from backbeat.measure.behind import write_customers
from backbeat.measure.check import check_all
from backbeat.measure.exclusions import exclusion_notes
from backbeat.measure.explain import Explanation, explain
from backbeat.measure.status import Status, status
from backbeat.predict import Predict
from backbeat.predict.refresh import refresh
from backbeat.settings import load

if TYPE_CHECKING:
    from backbeat.follow import Beat

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class RunReport:
    """What a run took, what it rebuilt, and what it had to leave; `notes` says so in lines for people."""

    taken: Taken
    built: Built | None
    clock: Clock
    notes: tuple[str, ...]
    lacking: tuple[str, ...]
    unregistered: BackbeatError | None = None

    def demand_required(self) -> None:
        """Raise InputError where a required source has never had a readable file."""
        if self.lacking:
            raise InputError(f"no readable file of {' and '.join(self.lacking)}, now or before: the KPIs stay empty")

    def demand_registered(self) -> None:
        """Raise what kept a catalog from knowing every table by name: UsageError or StorageError. All is committed."""
        if self.unregistered:
            raise self.unregistered


def open_lake(**flags: Any) -> "Lake":
    """A lake as the settings (backbeat.toml, BACKBEAT_*, then these flags) describe it. Nothing is read yet."""
    return Lake(_with_known_sources(load(flags.pop("config", None), flags)))


def _with_known_sources(config: Config) -> Config:
    """Raise UsageError where [sources.…] names a source or a column that the contract does not have."""
    for name, given in config.sources.items():
        columns = content.sources()[_known_source(name)].columns
        for column in given.columns:
            if column not in columns:
                raise UsageError(f"[sources.{name}.columns] {column}: no such column; there are {', '.join(columns)}")
    return config


class Lake:
    """A lake and what one does with it.

    `sql` answers an Arrow table and `kpis` what converts to one (`.to_pandas()`, `polars.from_arrow(…)`); the rest rows.
    """

    def __init__(self, config: Config) -> None:
        self.config = config

    @cached_property
    def house(self) -> Lakehouse:
        return Lakehouse(self.config)

    def run(
        self,
        *,
        close: bool = False,
        full: bool = False,
        rebuild: Collection[date] = (),
        say: Any = lambda *_: None,
    ) -> RunReport:
        """Take what is new, rebuild what it touches. `close`: no more will come, everything is final; `full`: all gold;
        `rebuild`: these days of gold too.

        `say(line, done, total)` is told what is being done. Raises LakeBusy, InputError (nothing at `raw`),
        CheckFailed (what failed keeps its last good version) and StorageError.
        """
        if rebuild:
            Window("days", min(rebuild), max(rebuild))  # raises UsageError for days that no zone can be reckoned with
        demand_places(self.house)
        with self._writing() as last:
            before = frozenset(ledger.files(self.house))
            taken = ingest(self.house, _told(say))
            again = [day.isoformat() for day in rebuild]
            clock, built, unscored = self._publish(say, close=close, full=full, again=again)
            known = ledger.files(self.house)
        notes = run_notes(self.house, taken, known, before, is_first=last is None)
        unnamed, unregistered = self._registered()
        notes = (*notes, *exclusion_notes(self.house), *unscored, *unnamed)
        return RunReport(taken, built, clock, notes, lacking(known), unregistered)

    def follow(self, *, stop: Event, poll: float = 0.5, tell: "Callable[[Beat], None]" = lambda _: None) -> None:
        """Take files as they come until `stop` is set: silver and tables of `refresh: batch` with each micro-batch, the
        others every five minutes and at the end. The lake is free for other writers between two micro-batches.

        `tell` hears every beat. Trouble that may pass is told and tried again after a pause; only UsageError is raised,
        and what keeps the last step from bringing everything up to date.
        """
        from backbeat.follow import Follower

        Follower(self.house, self._following, self._publish, tell, poll).follow(stop)

    def dry_run(self) -> list[dict[str, Any]]:
        """What a run would read and rebuild, and why: rows of what, name, files, rows, dates, why. Writes nothing."""
        demand_places(self.house)
        with self.house.engine_errors_as_ours(), self._house_or_empty() as house:
            return preview(house)

    def replay(self, source: str | None = None) -> int:
        """Judge the quarantine's open rows again; those that pass go to silver. Returns how many did."""
        self._demand_lake()
        with self._writing():
            resume(self.house)
            names = [source] if source else list(quarantine.sources_with_rows(self.house))
            taken = [batch for name in names if (batch := quarantine.replay(self.house, _known_source(name)))]
            if taken:
                derive_sessions(self.house)
                self._publish()
        return sum(batch.rows_read for batch in taken)

    def retract(self, paths: Sequence[str] = (), *, batch: int | None = None) -> list[Batch]:
        """Take back what files (paths below raw, folders included) or a batch brought; returns the batches that did.

        Silver, quarantine and gold are then as if these files had never come; they stay listed and are not taken again.
        Raises UsageError for a path or a batch that the ledger does not know.
        """
        self._demand_lake()
        with self._writing():
            resume(self.house)
            done = [retract(self.house, planned) for planned in plan_retraction(self.house, paths, batch)]
            derive_sessions(self.house)
            self._publish()
        return done

    def open_rows(self, source: str | None = None) -> int:
        """How many quarantined rows are open, of one source or of all."""
        self._demand_lake()
        self.house.show("ops.quarantine")
        found = quarantine.count_open(self.house)
        return found.get(_known_source(source), 0) if source else sum(found.values())

    def quarantine(self) -> list[dict[str, Any]]:
        """Quarantined rows by source, reason and status."""
        self._demand_lake()
        self.house.show("ops.quarantine")
        return quarantine.counts(self.house)

    def quarantined_rows(
        self, source: str | None = None, reason: str | None = None, limit: int = 20
    ) -> list[dict[str, Any]]:
        """Quarantined rows as they came. Raises UsageError for a source or a reason that does not exist."""
        if reason and reason not in REASONS:
            raise UsageError(f"there is no reason '{reason}'; there are {', '.join(REASONS)}")
        self._demand_lake()
        self.house.show("ops.quarantine")
        return quarantine.rows(self.house, source and _known_source(source), reason, limit)

    def status(self) -> Status:
        """What is in the lake, how fresh it is, what it could not take."""
        return status(self.house, self.show_published())

    def check(self, say: Any = lambda *_: None) -> list[dict[str, Any]]:
        """Run every check, keep the results in ops.checks and return them."""
        clock = self.show_published()
        self._demand_built()
        results = check_all(self.house, clock, say)
        with self._writing():
            self.house.replace("ops.checks", results, "true")
        return results

    def kpis(self, **question: Any) -> Kpis:
        """KPIs of a window: see backbeat.measure.kpis."""
        return self._asked(kpis, question)

    @property
    def predict(self) -> Predict:
        """Who will stay engaged and who slips away: train, score, report, list."""
        return Predict(self.house, self.show_published, self._writing)

    @property
    def alerts(self) -> Alerts:
        """What is unusual, and what a rule would have done: list, replay."""
        return Alerts(self.house, self.show_published)

    def compare(self, **question: Any) -> Comparison:
        """KPIs beside those of the window before (`against="previous"`) or a year before: see backbeat.measure.compare."""
        return self._asked(compare, question)

    def split(self, **question: Any) -> Split:
        """The change of one metric by one slice, as effects of rate and mix: see backbeat.measure.split."""
        return self._asked(split, question)

    def explain(self, metric: str, *, day: date | None = None) -> Explanation:
        """Where a metric comes from, down to the raw files of a day: see backbeat.measure.explain."""
        clock = self.show_published()
        return explain(self.house, clock, metric, day=day)

    def write_customers(self, metric: str, out: Path, **question: Any) -> int:
        """Write who is behind a metric to a new file and return how many: see backbeat.measure.behind."""
        clock = self.show_published()
        return write_customers(self.house, clock, metric, out, **question)

    def export_powerbi(self, folder: Path, *, source: str = "local", force: bool = False, **parameters: str) -> Any:
        """Write a Power BI project (PBIP: TMDL and PBIR) that refreshes from this lake: see backbeat.powerbi."""
        from backbeat.powerbi import export_powerbi

        self._demand_lake()
        self._demand_apart(Path(folder))
        return export_powerbi(self.house, Path(folder), source=source, given=parameters, force=force)

    def sql(self, query: str) -> pa.Table:
        """The answer of a SELECT (Databricks SQL) over silver, gold and ops, as an Arrow table.

        Raises UsageError for anything else, for names that are not there, and for two columns of one name.
        """
        demand_select(query)
        self.show_published()
        answer = self.house.ask(query)
        for name, times in Counter(answer.column_names).items():
            if times > 1:
                raise UsageError(f"{times} columns are named {name}: give each a name of its own with `as`")
        return answer

    def _demand_built(self) -> None:
        names = (f"gold.{table.name}" for table in in_order())
        if missing := [name for name in names if not self.house.table(name).exists()]:
            raise UsageError(f"the lake has no {', '.join(missing)} yet: type `backbeat run`")

    def _demand_apart(self, folder: Path) -> None:
        for place in (self.config.lake, self.config.raw):
            if folder.resolve().is_relative_to(Path(place).resolve()):
                raise UsageError(f"{folder} lies in {place}, which is for data alone: name another folder")

    def show_published(self, names: Collection[str] | None = None) -> Clock:
        """Let SQL see the tables (all, or some) as the last finished batch left them, never two batches mixed."""
        self._demand_lake()
        batches = ledger.current(self.house)
        last = ledger.last_done(batches)
        self._demand_zone([last] if last else [])
        versions = {**(last.gold_versions or {}), **(last.built_from or {})["silver"]} if last else None
        self.house.show_all(versions, None if names is None else {*names, *CLOCK_TABLES})
        return shown_clock(self.house, batches)

    def _asked(self, measure: Callable[..., _Answer], question: Mapping[str, Any]) -> _Answer:
        """A question of what is published; a wrong text is named by its file."""
        clock = self.show_published()
        with blaming(self.house, lambda: build_values(self.house, clock)):
            return measure(self.house, clock, **question)

    def _closed(self, batches: Sequence[Batch], close: bool) -> list[Batch]:
        if not close or (clock := read_clock(self.house, batches)).as_of is None:
            return list(batches)
        return [*batches, self._extra(batches, closed_through=close_through(clock.as_of))]

    def _extra(self, batches: Iterable[Batch], **values: Any) -> Batch:
        """A batch without files, for what moves without them."""
        return Batch(ledger.next_id(batches), None, "planned", self.config.clock(), 0, **values)

    def _publish(
        self,
        say: Any = lambda *_: None,
        *,
        close: bool = False,
        full: bool = False,
        again: Collection[str] = (),
        only_batch: bool = False,
    ) -> tuple[Clock, Built | None, Sequence[str]]:
        """Bring gold up to date, then the scores; also what is to be said where these could not be.

        `only_batch` leaves tables of `refresh: period`, and the scores, as they are.
        """
        if full:  # another session_gap may be set
            derive_sessions(self.house)
        batches = self._closed(ledger.current(self.house), close)
        clock = read_clock(self.house, batches)
        last = ledger.last_done(batches)
        with blaming(self.house, lambda: build_values(self.house, clock)):
            built = build(self.house, clock, None if full else last, say, again, only_batch=only_batch)
        published = self._published(batches, clock, last, built)
        is_changed = published is not None
        unscored = [] if only_batch else [*refresh(self.house, clock, is_changed=is_changed, say=say)]
        watched = alert.refresh(self.house, clock, say, when_due=only_batch)
        return clock, published, [*watched.notes, *unscored]

    def _published(self, batches: Sequence[Batch], clock: Clock, last: Batch | None, built: Built) -> Built | None:
        """Mark the batches whose gold is built as done; None where there was nothing to do."""
        open_batches = [batch for batch in batches if not batch.is_done]
        if not open_batches and not built.rebuilt and not built.failed:
            return None
        if not built.failed:
            finished = open_batches or [self._extra(batches)]
            restate(self.house, clock, last, built, finished[-1].batch_id)
            self._finish(finished, built, known_definitions(last))
            return built
        raise CheckFailed(
            "; ".join(f"gold.{name} keeps its last good version: {why}" for name, why in built.failed.items())
        )

    def _finish(self, batches: Sequence[Batch], built: Built, definitions: Known) -> None:
        built_from = {**built.built_from, "metrics": definitions}
        for batch in batches:
            ledger.finish(self.house, batch, gold_versions=built.versions, built_from=built_from)

    def _registered(self) -> tuple[tuple[str, ...], BackbeatError | None]:
        try:
            return register(self.house), None
        except BackbeatError as error:
            return (), error

    @contextmanager
    def _writing(self) -> Iterator[Batch | None]:
        """Hold the lake, which is made where it is not there; gives the last batch that is done."""
        with self.house.engine_errors_as_ours(), writer(self.house.store, self.config.duration("wait").total_seconds()):
            self.house.refresh()
            self.house.create()
            batches = ledger.current(self.house)
            self._demand_zone(_recent(batches))
            yield ledger.last_done(batches)

    @contextmanager
    def _following(self) -> Iterator[None]:
        """As `_writing`, for who writes again and again: what nobody else has touched is not opened again."""
        with self.house.engine_errors_as_ours():
            demand_places(self.house)
            with writer(self.house.store, self.config.duration("wait").total_seconds()):
                self.house.catch_up(("ops.batches", "ops.files"))
                self.house.create()
                self._demand_zone(_recent(ledger.current(self.house)))
                yield

    @contextmanager
    def _house_or_empty(self) -> Iterator[Lakehouse]:
        """The lake, or where there is none yet an empty one that vanishes."""
        self.house.refresh()
        if self.house.exists():
            yield self.house
            return
        with TemporaryDirectory() as folder:
            house = Lakehouse(replace(self.config, lake=folder))
            house.create()
            yield house

    def _demand_lake(self) -> None:
        self.house.refresh()
        if not self.house.exists():
            raise UsageError(
                f"there is no lake at {self.config.lake} yet: type `backbeat run --lake {self.config.lake} --raw RAW`"
            )

    def _demand_zone(self, batches: Iterable[Batch]) -> None:
        """A lake's days are those of the zone its batches were taken in; two zones in one lake would mix them silently."""
        asked = self.config.timezone
        zones = ((batch.built_from or {}).get("timezone", asked) for batch in batches)
        if built := next((zone for zone in zones if zone != asked), None):
            raise UsageError(
                f"{self.config.lake} was built with timezone = '{built}', the settings say '{asked}': "
                f'set timezone = "{built}" in backbeat.toml, or make a new lake'
            )


def _recent(batches: Sequence[Batch]) -> list[Batch]:
    """The last batch that is done, and those that are not."""
    last = ledger.last_done(batches)
    return [batch for batch in batches if batch is last or not batch.is_done]


def _told(say: Any) -> Callable[[Batch, int, int], None]:
    def on_batch(batch: Batch, done: int, total: int) -> None:
        say(f"{batch.source}: {batch.rows_read:,} rows read", done, total)

    return on_batch


def _known_source(name: str) -> str:
    if name not in content.sources():
        raise UsageError(f"there is no source '{name}'; there are {', '.join(content.sources())}")
    return name
