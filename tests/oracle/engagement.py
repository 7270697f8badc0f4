"""daily_engagement and active_days: every day of the lake, known customers only."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import lru_cache

from tests.oracle.clock import days
from tests.oracle.days import customer_day
from tests.oracle.listening import is_play
from tests.oracle.nouns import Row, World
from tests.oracle.people import days_of, events_of, known
from tests.oracle.ratios import share

_LIFECYCLE = ("new_customers", "returning", "resurrected", "dormant", "quick_ratio")
_Sets = dict[date, set[str]]


def daily_engagement(world: World) -> list[Row]:
    """A count is null until the lake is as old as the days it looks back on."""
    active, listeners = _active(world), _listeners(world)
    return [
        {
            "activity_date": day,
            **_engaged(active, day, number),
            **_lifecycle(world, active, day, number),
            **_listening(world, listeners, day, number),
        }
        for number, day in enumerate(days(world), start=1)
    ]


def active_days(world: World) -> list[Row]:
    """How many customers had a session on exactly so many of the last 7, or 28, days."""
    return [row for window_days in (7, 28) for row in _active_days(world, window_days)]


def _engaged(active: _Sets, day: date, number: int) -> Row:
    dau, wau, mau = (len(_within(active, day, length)) for length in (1, 7, 28))
    return {
        "dau": dau,
        "wau": wau if number >= 7 else None,
        "mau": mau if number >= 28 else None,
        "stickiness": share(dau, mau) if number >= 28 else None,
    }


def _lifecycle(world: World, active: _Sets, day: date, number: int) -> Row:
    if number < 56:
        return dict.fromkeys(_LIFECYCLE)
    now, before = _within(active, day, 28), _within(active, day - timedelta(days=28), 28)
    new = {customer for customer in now if days_of(world)[customer][0] > day - timedelta(days=28)}
    resurrected, dormant = now - before - new, before - now
    numbers = (len(new), len(now & before), len(resurrected), len(dormant))
    return dict(zip(_LIFECYCLE, (*numbers, share(len(new) + len(resurrected), len(dormant))), strict=True))


def _listening(world: World, listeners: _Sets, day: date, number: int) -> Row:
    has_events = bool(world.silver["events"])
    return {
        "dau_listeners": len(listeners[day]) if has_events else None,
        "mau_listeners": len(_within(listeners, day, 30)) if has_events and number >= 30 else None,
    }


@lru_cache(maxsize=4)
def _active(world: World) -> _Sets:
    active: _Sets = defaultdict(set)
    for customer, found in days_of(world).items():
        for day in found:
            active[day].add(customer)
    return active


def _listeners(world: World) -> _Sets:
    """Who heard music: some milliseconds of it, or a play of unknown length."""
    listeners: _Sets = defaultdict(set)
    for row in customer_day(world):
        if row["ms_played"] > 0 and row["customer_id"] in known(world):
            listeners[row["activity_date"]].add(row["customer_id"])
    for event in events_of(world):
        if is_play(event) and event["ms_played"] is None:
            listeners[event["event_date"]].add(event["customer_id"])
    return listeners


def _within(sets: _Sets, day: date, length: int) -> set[str]:
    """Everybody on the last `length` days."""
    return set().union(*(sets.get(day - timedelta(days=back), ()) for back in range(length)))


def _active_days(world: World, window_days: int) -> list[Row]:
    active = _active(world)
    rows: list[Row] = []
    for day in days(world)[window_days - 1 :]:
        recent = (active.get(day - timedelta(days=back), ()) for back in range(window_days))
        by_customer = Counter(customer for customers in recent for customer in customers)
        rows.extend(
            {"activity_date": day, "window_days": window_days, "active_days": number, "customers": customers}
            for number, customers in sorted(Counter(by_customer.values()).items())
        )
    return rows
