"""activity_5m: every 5-minute window from the first session's to as_of's, of all accepted rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from tests.oracle.clock import as_of, status
from tests.oracle.listening import is_play
from tests.oracle.nouns import Row, World

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(minutes=5)
_AN_HOUR = timedelta(hours=1) // _STEP


def activity_5m(world: World, *, closed: bool = False) -> list[Row]:
    """The count of late sessions is left out: it is a history of runs, not a function of the files."""
    now = as_of(world)
    if now is None:
        return []
    customers: dict[int, list[str]] = defaultdict(list)
    for session in world.silver["sessions"]:
        customers[_slot(session["started_at"])].append(session["customer_id"])
    plays = Counter(_slot(event["occurred_at"]) for event in world.silver["events"] if is_play(event))
    heard = _near({*customers, *(_slot(event["occurred_at"]) for event in world.silver["events"])})
    return [
        _row(world, slot, customers.get(slot, []) if slot in heard else None, plays[slot], closed)
        for slot in range(min(customers), _slot(now) + 1)
    ]


def _slot(at: datetime) -> int:
    return (at - _EPOCH) // _STEP


def _near(slots: set[int]) -> set[int]:
    """The windows with a session or an event within the hour around them."""
    return {slot + offset for slot in slots for offset in range(-_AN_HOUR, _AN_HOUR + 1)}


def _row(world: World, slot: int, customers: list[str] | None, plays: int, closed: bool) -> Row:
    start = _EPOCH + slot * _STEP
    return {
        "window_start": start,
        "window_end": start + _STEP,
        "sessions": None if customers is None else len(customers),
        "customers": None if customers is None else len(set(customers)),
        "plays": None if customers is None else plays,
        "status": "no_data" if customers is None else status(world, start + _STEP, closed),
        "window_date": start.astimezone(world.zone).date(),
    }
