"""Which gold tables, and which dates of them, have to be computed again, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from backbeat import content
from backbeat.build.exclusions import exclusion_inputs, exclusion_texts
from backbeat.build.kpis import kpi_text
from backbeat.build.values import CLOCK, DAYS_OF_CLOCK
from backbeat.errors import UsageError
from backbeat.lake.clock import EVERYTHING, Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.specs import Exclusions, Table


@dataclass(frozen=True)
class Change:
    """What changed of a table: these dates, or everything (`dates` is None); and why, in words."""

    dates: frozenset[str] | None
    why: str

    @property
    def is_whole(self) -> bool:
        return self.dates is None


def in_order() -> list[Table]:
    """The gold tables that a build computes, each after those it reads."""
    pending = {name: table for name, table in content.tables().items() if table.made_from not in ("models", "alerts")}
    read = {name: inputs(table) - {f"gold.{name}"} for name, table in pending.items()}
    ordered: list[Table] = []
    while pending:
        waiting = {f"gold.{name}" for name in pending}
        ready = [table for name, table in pending.items() if not read[name] & waiting]
        if not ready:
            raise UsageError(f"gold tables read each other in a circle: {', '.join(pending)}")
        ordered += ready
        pending = {name: table for name, table in pending.items() if table not in ready}
    return ordered


def texts(table: Table) -> list[str]:
    """The SQL a table stands on."""
    if table.made_from == "exclusions":
        return exclusion_texts()
    return [kpi_text()] if table.made_from == "metrics" else [content.with_relations(table.sql)]


def inputs(table: Table) -> set[str]:
    """The tables that a table reads, as `layer.table`."""
    return {name for text in texts(table) for name in content.reads(text)}


def watched(table: Table, exclusions: Exclusions) -> set[str]:
    """The inputs whose changes change a table: of exclusions only those that the rules in force read."""
    return exclusion_inputs(exclusions) if table.made_from == "exclusions" else inputs(table)


def definition(table: Table, values: Mapping[str, Any]) -> str:
    """A fingerprint of everything but the data: SQL, file, and the parameters that don't move with the clock.

    A table that is always replaced whole is computed again when any of its parameters moves.
    """
    used = {name for text in texts(table) for name in content.parameters(text)}
    moving = {*CLOCK, *DAYS_OF_CLOCK} if table.open else {*CLOCK} if table.partition else set()
    fixed = used - moving
    shown = {name: values.get(name) for name in sorted(fixed)}
    if table.made_from == "metrics":
        shown = {"kpi_settings": values["kpi_settings"]}
    if table.made_from == "exclusions":
        shown = {name: values[name] for name in ("exclusions", "timezone")}
    return content.fingerprint(*texts(table), repr(table), repr(shown))


def silver_changes(lake: Lakehouse, before: Mapping[str, int], again: Iterable[str] = ()) -> dict[str, Change]:
    """What changed in silver since the versions gold was last built from: the dates of files that came or went.

    The days `again` count as changed.
    """
    asked = frozenset(again)
    changes = {}
    for source in content.sources().values():
        name = f"silver.{source.name}"
        if name not in before:
            changes[name] = Change(None, "first build")
        elif change := file_changes(lake, name, before[name]):
            changes[name] = change
        if asked and source.partition:
            changes[name] = _with(changes.get(name), asked)
    return changes


def file_changes(lake: Lakehouse, name: str, version: int) -> Change | None:
    """What changed in a table since a version: the dates of files that came or went, None where none did."""
    table = lake.table(name)
    if version == table.version():
        return None
    old, new = ({(f.path, _date(f.partition)) for f in table.files(v)} for v in (version, None))
    dates = frozenset(day for _, day in old ^ new if day)
    has_dates = lake.partition(name) and old and new  # that there are rows at all can mean something for every date
    return Change(dates if has_dates else None, f"{name} changed") if old ^ new else None


def period_base(last: Batch | None) -> dict[str, Any]:
    """What tables of `refresh: period` were last built from: silver and clock, and gold where other tables are ahead."""
    built = (last.built_from or {}) if last else {}
    return dict(built.get("period", built))


def _with(change: Change | None, asked: frozenset[str]) -> Change:
    if change is None:
        return Change(asked, "asked for")
    return change if change.dates is None else Change(change.dates | asked, change.why)


def table_change(
    table: Table, changes: Mapping[str, Change], last: Batch | None, clock: Clock, values: Mapping[str, Any]
) -> Change | None:
    """What of a gold table to compute again, given what changed upstream; None where it stands."""
    built = (last.built_from or {}) if last else {}
    was = period_base(last).get("clock", {}) if table.refresh == "period" else built.get("clock", {})
    if built.get("definitions", {}).get(table.name) != definition(table, values):
        return Change(None, "its definition or its window changed" if built else "first build")
    relevant = [changes[name] for name in sorted(watched(table, values["exclusions"])) if name in changes]
    if not table.is_by_date and table.made_from != "metrics":
        return Change(None, relevant[0].why) if relevant else None
    if any(change.is_whole for change in relevant):
        return Change(None, next(change.why for change in relevant if change.is_whole))
    if table.made_from == "metrics":
        return _metrics_change(relevant, was, clock)
    dates = {day for change in relevant for day in spread(change.dates or (), table.margin_days)}
    moved = _moved(table, was, clock)
    why = relevant[0].why if relevant else "time moved on"
    return Change(frozenset(dates | moved), why) if dates | moved else None


def _metrics_change(relevant: Sequence[Change], before: Any, clock: Clock) -> Change | None:
    """KPIs look back from the end of their window: what days changed says which windows may have, and so does the clock."""
    if not relevant and before == clock_state(clock):
        return None
    dates = frozenset(day for change in relevant for day in change.dates or ())
    return Change(dates, relevant[0].why if relevant else "time moved on")


def spread(days: Iterable[str], margin: int) -> set[str]:
    """The days, and those up to `margin` days around them."""
    around = range(-margin, margin + 1)
    return {(date.fromisoformat(day) + timedelta(days=n)).isoformat() for day in days for n in around}


def _moved(table: Table, before: Mapping[str, str | None], clock: Clock) -> set[str]:
    """The dates between what a clock parameter was and is now."""
    used = {name for text in texts(table) for name in content.parameters(text)}
    found: set[str] = set()
    for name in {DAYS_OF_CLOCK.get(each, each) for each in used} & {*CLOCK}:
        was, now = before.get(name), getattr(clock, name)
        if was != _iso(now):
            found |= _between(datetime.fromisoformat(was) if was else clock.first_at, now, clock)
    return found


def _between(was: datetime | None, now: datetime | None, clock: Clock) -> set[str]:
    if was is None or now is None or clock.as_of is None:
        return set()
    low, high = sorted(min(instant, clock.as_of) if instant == EVERYTHING else instant for instant in (was, now))
    first, last = clock.day(low), clock.day(high)
    return {(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)}


def _date(partition: Mapping[str, str | None]) -> str | None:
    return next(iter(partition.values()), None)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def clock_state(clock: Clock) -> dict[str, str | None]:
    """The clock as the ledger keeps it."""
    return {name: _iso(getattr(clock, name)) for name in CLOCK}
