"""Which days an answer is compared with, and how many of them are over."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from backbeat.build.windows import Window
from backbeat.lake.clock import Clock

Against = Literal["previous", "year"]


@dataclass(frozen=True)
class Pair:
    """A window's days as far as they are over, and as many of the period it is compared with; `why` not, if not."""

    now: Window
    before: Window
    why: str | None = None


def paired(window: Window, clock: Clock, against: Against) -> Pair:
    """The window and the one before it, or the same a year before.

    Whole calendar months are compared with as many whole months; other windows, and the default one, with as many days.
    Of a window that is not over only the whole days that are final count, and equally many from the other's beginning.
    """
    other = _a_year_before(window) if against == "year" else _previous(window)
    over = _days_over(window, clock)
    days = min(over, other.days)
    now, before = (window, other) if over == window.days else (_begun(window, days), _begun(other, days))
    return Pair(now, before, _why_not(now, before, clock))


def _previous(window: Window) -> Window:
    if months := _whole_months(window):
        return Window("previous", _months_before(window.first, months), window.first - timedelta(days=1))
    length = timedelta(days=window.days)
    return Window("previous", window.first - length, window.last - length)


def _a_year_before(window: Window) -> Window:
    first = _months_before(window.first, 12)
    if _whole_months(window):
        return Window("year", first, _months_before(window.last + timedelta(days=1), 12) - timedelta(days=1))
    return Window("year", first, first + timedelta(days=window.days - 1))


def _whole_months(window: Window) -> int:
    """How many calendar months a window is, 0 where it is none; the default window is days."""
    following = window.last + timedelta(days=1)
    if window.kind == "default" or window.first.day != 1 or following.day != 1:
        return 0
    return (following.year - window.first.year) * 12 + following.month - window.first.month


def _months_before(day: date, months: int) -> date:
    """The same day so many months before, in a shorter month its last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _days_over(window: Window, clock: Clock) -> int:
    """How many of a window's days, from its first on, are final; none after as_of's, though the feed may be closed."""
    if clock.final_before is None or clock.as_of is None:
        return 0
    over = min(clock.day(clock.final_before), clock.day(clock.as_of) + timedelta(days=1))
    return max(0, (min(over, window.last + timedelta(days=1)) - window.first).days)


def _begun(window: Window, days: int) -> Window:
    return Window(window.kind, window.first, window.first + timedelta(days=days - 1))


def _why_not(now: Window, before: Window, clock: Clock) -> str | None:
    if clock.first_at is None:
        return "there are no sessions"
    if now.days < 1:
        return "no day of it is over"
    begins = clock.day(clock.first_at)
    return f"the lake begins on {begins}" if before.first < begins else None
