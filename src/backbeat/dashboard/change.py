"""How a metric moved against the window before: the one place that asks for a comparison."""

from dataclasses import dataclass
from typing import Any

from backbeat.build.windows import Window
from backbeat.dashboard.filters import Filters, before
from backbeat.dashboard.reader import Edition
from backbeat.measure.compare import compare


@dataclass(frozen=True)
class Change:
    """A value now and in the window before, both in percent; the difference is in points, None where either is.

    `low` and `high` bound the difference (95 %) where an interval is known; where it is not `is_covered`, the two can't be
    compared, and `why` says so.
    """

    window: Window
    value: float | None
    difference: float | None
    status: str
    is_covered: bool = True
    low: float | None = None
    high: float | None = None
    why: str | None = None

    @property
    def is_clear(self) -> bool | None:
        """Whether the difference is more than chance; None where nobody knows."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


def change(edition: Edition, metric: str, window: Window, filters: Filters) -> Change:
    """The change of a share metric from the window before, by `compare`, with its interval."""
    days = {"first": window.first, "last": window.last} if window.kind != "default" else {}
    asked: dict[str, Any] = {**days, "where": filters.by_slice, "engaged_sessions": filters.threshold}
    found = compare(edition.counts.lake, edition.clock, counts=edition.counts, metrics=[metric], **asked)
    row, earlier = found.rows[0], found.pair.before if found.pair else before(window)
    status = edition.clock.status(earlier.last)
    return Change(earlier, row.previous_value, row.change, status, row.comparable, row.low, row.high, row.why)


def is_covered(edition: Edition, window: Window) -> bool:
    """Whether the lake had begun when the window did."""
    first = edition.clock.first_at
    return first is not None and edition.clock.day(first) <= window.first
