"""What a reader asks for, as the query of a URL: dates, countries, devices, plans and a threshold."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from backbeat import content
from backbeat.build.windows import Window, default_window, months, trailing
from backbeat.config import Config
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.measure.periods import paired

HIGHEST_THRESHOLD = 1_000_000
MONTHS_SHOWN = 13
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Filters:
    """`where` keeps customers by slice; dates that are not given are the opening window's."""

    first: date | None = None
    last: date | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    threshold: int | None = None

    @property
    def by_slice(self) -> dict[str, Sequence[str]]:
        return dict(self.where)

    @property
    def names(self) -> set[str]:
        """The filters that are set."""
        own = {"dates": self.first, "threshold": self.threshold}
        return {name for name, value in own.items() if value} | set(self.by_slice)

    def query(self, **changes: object) -> str:
        """The filters as a URL's query, with some of them changed; None leaves one out."""
        given: dict[str, object] = {"from": self.first, "to": self.last, "threshold": self.threshold, **self.by_slice}
        kept = {name: value for name, value in {**given, **changes}.items() if value not in (None, ())}
        return urlencode(
            {name: value if isinstance(value, tuple) else str(value) for name, value in kept.items()}, True
        )

    def window(self, config: Config, clock: Clock) -> Window | None:
        """The days that are meant, None in a lake without sessions."""
        if self.first and self.last:
            return Window("given", self.first, self.last)
        return opening_window(config, clock)


def parse(pairs: Pairs) -> Filters:
    """A URL's query as filters; names that are no filter are left alone. Raises UsageError for what can't be meant."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value:
            given.setdefault(name, []).append(value)
    where = tuple((name, tuple(sorted(set(given[name])))) for name in content.slices() if name in given)
    first, last = (_day(given, name) for name in ("from", "to"))
    return replace(checked(first, last), where=where, threshold=_threshold(given))


def checked(first: date | None, last: date | None) -> Filters:
    """Filters by dates alone. Raises UsageError where they make no window."""
    if (first is None) != (last is None):
        raise UsageError("give both from and to, or neither")
    if first and last and last < first:
        raise UsageError(f"from {first} is after to {last}: turn them round")
    return Filters(first, last)


def opening_window(config: Config, clock: Clock) -> Window | None:
    """The newest window that is final: the default one, else a calendar month; the default one where none is."""
    if clock.as_of is None or clock.first_at is None:
        return None
    default = default_window(config, clock.as_of, clock)
    windows = [default, *(Window("month", *days) for days in reversed(calendar_months(clock)))]
    return next((window for window in windows if clock.status(window.last) == "final"), default)


def presets(config: Config, clock: Clock) -> dict[str, Window]:
    """Windows that people ask for often, by name."""
    if clock.as_of is None or clock.first_at is None:
        return {}
    today = clock.day(clock.as_of)
    recent = {f"Last {days} days": trailing("given", today, days) for days in (7, 28, config.window_days)}
    by_month = {f"{first:%B %Y}": Window("month", first, last) for first, last in reversed(calendar_months(clock)[-6:])}
    whole = Window("given", clock.day(clock.first_at), today)
    return {**recent, **by_month, "Everything": whole}


def likely_windows(config: Config, clock: Clock) -> list[Window]:
    """The windows that pages open on or show as months, the likeliest first, and those they are compared with."""
    opening = opening_window(config, clock)
    if opening is None or clock.as_of is None:
        return []
    months = [Window("month", *days) for days in reversed(calendar_months(clock)[-MONTHS_SHOWN:])]
    opened = [opening, default_window(config, clock.as_of, clock)]
    pairs = [paired(window, clock, "previous") for window in opened]
    return [window for pair in pairs for window in (pair.now, pair.before) if window.days > 0] + months


def calendar_months(clock: Clock) -> list[tuple[date, date]]:
    """The months from the first session's to as_of's."""
    if clock.as_of is None or clock.first_at is None:
        return []
    return list(months(clock.day(clock.first_at), clock.day(clock.as_of)))


def before(window: Window) -> Window:
    """The window to compare with: the month before a whole month, else as many days just before."""
    last = window.first - timedelta(days=1)
    if window.first.day == 1 and (window.last + timedelta(days=1)).day == 1 and window.days <= 31:
        return Window("month", last.replace(day=1), last)
    return trailing("previous", last, window.days)


def _day(given: Mapping[str, list[str]], name: str) -> date | None:
    if name not in given:
        return None
    text = given[name][-1]
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{name}={text[:20]}: write a day such as 2025-08-31") from error
    if not 1970 <= day.year < 9000:
        raise UsageError(f"{name}={text[:20]}: give a year from 1970 to 8999")
    return day


def _threshold(given: Mapping[str, list[str]]) -> int | None:
    text = given.get("threshold", [""])[-1]
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= HIGHEST_THRESHOLD):
        raise UsageError(f"threshold={text[:20]}: write a number of sessions, 1 or more")
    return int(text)
