"""How a metric moved against the window before: the one place that asks for a comparison."""

from dataclasses import dataclass
from typing import Any

from backbeat.build.windows import Window
from backbeat.dashboard.filters import Filters, before
from backbeat.dashboard.reader import Edition, Reader
from backbeat.measure.numbers import numbers


@dataclass(frozen=True)
class Change:
    """A value now and in the window before, both in percent; the difference is in points, None where either is.

    `low` and `high` bound the difference where an interval is known; `is_covered` is false where the lake does not
    reach back over the whole window before.
    """

    window: Window
    value: float | None
    difference: float | None
    status: str
    is_covered: bool = True
    low: float | None = None
    high: float | None = None

    @property
    def is_clear(self) -> bool | None:
        """Whether the difference is more than chance; None where nobody knows."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


def change(
    reader: Reader, edition: Edition, metric: str, window: Window, filters: Filters, now: dict[str, Any]
) -> Change:
    """The change of a share metric from the window before to a window whose row is `now`."""
    earlier = before(window)
    where, limit = filters.by_slice, filters.threshold
    then = numbers(reader.house, edition.clock, metric, earlier, where=where, engaged_sessions=limit)[0]
    difference = None if None in (now["value"], then["value"]) else round(now["value"] - then["value"], 2)
    return Change(earlier, then["value"], difference, then["status"], is_covered(edition, earlier))


def is_covered(edition: Edition, window: Window) -> bool:
    """Whether the lake had begun when the window did."""
    first = edition.clock.first_at
    return first is not None and edition.clock.day(first) <= window.first
