"""Time as the data tells it: as_of, what is final, days, months and windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from tests.oracle.nouns import World
from tests.oracle.times import start_of_day

WINDOW_DAYS = 62
_MICROSECOND = timedelta(microseconds=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """Whole days, both ends included, and the instants they hold: [start, end)."""

    kind: str
    first: date
    last: date
    start: datetime
    end: datetime

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def last_instant(self) -> datetime:
        return self.end - _MICROSECOND


@lru_cache(maxsize=4)
def as_of(world: World) -> datetime | None:
    """The newest start of a session, or the newest file's arrival where that is earlier; null without sessions."""
    starts = [row["started_at"] for row in world.silver["sessions"]]
    arrivals = [file.modified_at for file in world.taken]
    return min(max(starts), max(arrivals)) if starts else None


def watermark(world: World) -> datetime | None:
    now = as_of(world)
    return now and now - timedelta(hours=1)


def is_final(world: World, end: datetime, closed: bool) -> bool:
    """Whether no more is awaited for what ends, exclusively, at `end`."""
    mark = _END_OF_TIME if closed else watermark(world)
    return mark is not None and end <= mark


def status(world: World, end: datetime, closed: bool) -> str:
    return "final" if is_final(world, end, closed) else "provisional"


@lru_cache(maxsize=4)
def first_day(world: World) -> date | None:
    """Day 1 of the lake: the first session's."""
    return min((row["session_date"] for row in world.silver["sessions"]), default=None)


def last_day(world: World) -> date | None:
    now = as_of(world)
    return now and now.astimezone(world.zone).date()


def days(world: World) -> list[date]:
    """Every day from the first session's to as_of's."""
    first, last = first_day(world), last_day(world)
    return list(_days(first, last)) if first and last else []


def months(world: World) -> list[date]:
    """The 1st of every month from the first session's to as_of's."""
    return sorted({day.replace(day=1) for day in days(world)})


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def window(world: World, kind: str, first: date, last: date) -> Window:
    end = start_of_day(last + timedelta(days=1), world.zone)
    return Window(kind, first, last, start_of_day(first, world.zone), end)


def month_window(world: World, month: date) -> Window:
    return window(world, "month", month, next_month(month) - timedelta(days=1))


def default_window(world: World, days: int = WINDOW_DAYS) -> Window | None:
    last = last_day(world)
    return last and window(world, "default", last - timedelta(days=days - 1), last)


def stored_windows(world: World) -> list[Window]:
    """The windows that the table kpis holds."""
    default = default_window(world)
    if default is None:
        return []
    length = timedelta(days=WINDOW_DAYS)
    before = window(world, "previous", default.first - length, default.last - length)
    own = [month_window(world, month) for month in months(world)]
    trailing = [window(world, "trailing_28", each.last - timedelta(days=27), each.last) for each in own]
    return [default, before, *own, *trailing]


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
