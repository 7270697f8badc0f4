"""The windows of time that metrics are kept for."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from backbeat.config import Config
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock

REFERENCE_DAYS = 62
EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Days before and after are slips of the pen, and near the calendar's ends no time zone can be reckoned with."""


@dataclass(frozen=True)
class Window:
    """Whole days, both ends included, in the lake's zone."""

    kind: str
    first: date
    last: date

    def __post_init__(self) -> None:
        if self.first < EARLIEST or self.last > LATEST:
            raise UsageError(f"{self.first} to {self.last}: a window lies between {EARLIEST} and {LATEST}")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def values(self, clock: Clock) -> dict[str, Any]:
        """The window as parameters: its days, and the instants it begins at and ends before."""
        begin, end = clock.midnight(self.first), clock.midnight(self.last + timedelta(days=1))
        return {"from": self.first, "to": self.last, "from_at": begin, "to_at": end}


def default_window(config: Config, as_of: datetime, clock: Clock) -> Window:
    """The `window_days` days that end on as_of's day."""
    return trailing("default", clock.day(as_of), config.window_days)


def trailing(kind: str, last: date, days: int) -> Window:
    """The days that end on a day."""
    return Window(kind, last - timedelta(days=days - 1), last)


def stored_windows(config: Config, clock: Clock) -> Iterator[Window]:
    """The windows of gold.kpis: default and previous, each calendar month, the 28 days to each month's end."""
    if clock.as_of is None or clock.first_at is None:
        return
    default = default_window(config, clock.as_of, clock)
    yield default
    yield trailing("previous", default.first - timedelta(days=1), config.window_days)
    for first, last in months(clock.day(clock.first_at), clock.day(clock.as_of)):
        yield Window("month", first, last)
        yield trailing("trailing_28", last, 28)


def months(begin: date, end: date) -> Iterator[tuple[date, date]]:
    """The first and last day of each calendar month from begin's to end's."""
    first = begin.replace(day=1)
    while first <= end:
        following = (first + timedelta(days=32)).replace(day=1)
        yield first, following - timedelta(days=1)
        first = following


def threshold(config: Config, days: int) -> int:
    """How many sessions make a customer engaged: `engaged_sessions` in 62 days, pro rata, rounded up."""
    return math.ceil(config.engaged_sessions * days / REFERENCE_DAYS)
