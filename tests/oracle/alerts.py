"""The simple rules of docs/explanation/alerts.md, point by point: whether each is a breach."""

from collections.abc import Sequence
from datetime import datetime, timedelta

Value = float | None


def percentile(values: Sequence[Value], share: float = 95, windows: int = 12) -> list[bool]:
    """Above the percentile, by straight lines, of the values among so many windows before."""
    found = []
    for i, value in enumerate(values):
        known = sorted(v for v in values[max(i - windows, 0) : i] if v is not None)
        found.append(i >= windows and value is not None and bool(known) and value > _between(known, share))
    return found


def _between(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def threshold(values: Sequence[Value], above: Value = None, below: Value = None) -> list[bool]:
    """Above or below what is written."""
    return [v is not None and ((above is not None and v > above) or (below is not None and v < below)) for v in values]


def change(times: Sequence[datetime], values: Sequence[Value], by: float, ago: timedelta) -> list[bool]:
    """Further from the value exactly so long before than a share of it."""
    at = dict(zip(times, values, strict=True))
    found = []
    for time, value in at.items():
        then = at.get(time - ago)
        found.append(value is not None and then is not None and abs(value - then) > by * abs(then))
    return found


def absence(values: Sequence[Value], windows: int = 12) -> list[bool]:
    """The so-manieth window in a row, or a later one, without data or with zero."""
    found, silent = [], 0
    for value in values:
        silent = 0 if value else silent + 1
        found.append(silent >= windows)
    return found
