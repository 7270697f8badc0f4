"""A metric as a tile: its value over the window, what it is a share of, how it moved, and how it has been."""

from dataclasses import dataclass
from typing import Any

from backbeat import content
from backbeat.build.series import days_sql, in_unit
from backbeat.build.windows import Window
from backbeat.dashboard import filters as asked
from backbeat.dashboard.answers import month_row
from backbeat.dashboard.change import Change, change, is_covered
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.reader import Edition, Reader
from backbeat.measure.numbers import numbers
from backbeat.specs import Metric


@dataclass(frozen=True)
class Tile:
    """Values in percent. `ignored` are the filters that are set and not obeyed; `spark` is oldest first."""

    metric: Metric
    window: Window | None = None
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    threshold: int | None = None
    status: str = "provisional"
    change: Change | None = None
    spark: tuple[float | None, ...] = ()
    ignored: tuple[str, ...] = ()


def tile(reader: Reader, name: str, filters: Filters) -> Tile:
    """A metric's tile, kept until the lake moves."""
    return reader.answer(("tile", name, filters), lambda edition: _tile(reader, edition, name, filters))


def _tile(reader: Reader, edition: Edition | None, name: str, filters: Filters) -> Tile:
    metric = content.metrics()[name]
    window = filters.window(reader.lake.config, edition.clock) if edition else None
    if edition is None or window is None:
        return Tile(metric)
    if metric.kind == "series":
        return _series(reader, edition, metric, window, filters)
    return _share(edition, metric, window, filters)


def _share(edition: Edition, metric: Metric, window: Window, filters: Filters) -> Tile:
    moved = change(edition, metric.name, window, filters)
    now = numbers(edition.counts, metric.name, window, where=filters.by_slice, engaged_sessions=filters.threshold)[0]
    return Tile(
        metric, window, now["value"], now["numerator"], now["denominator"], now["threshold"], now["status"],
        moved, _spark(edition, metric, filters, window),
    )  # fmt: skip


def _spark(edition: Edition, metric: Metric, filters: Filters, window: Window) -> tuple[float | None, ...]:
    """The stored months up to the window's; none of filtered customers, which would be counted a month at a time."""
    if filters.where or filters.threshold:
        return ()
    months = [Window("month", *days) for days in asked.calendar_months(edition.clock) if days[0] <= window.last]
    rows = (month_row(edition, metric.name, month, filters) for month in months[-asked.MONTHS_SHOWN :])
    return tuple(row["value"] for row in rows)


def _series(reader: Reader, edition: Edition, metric: Metric, window: Window, filters: Filters) -> Tile:
    """The value on the window's last day, beside the one on the last day of the window before."""
    days = _days(reader, metric)
    earlier = asked.before(window)
    now, then = days.get(window.last), days.get(earlier.last)
    difference = None if now is None or then is None else round(now - then, 2)
    moved = Change(earlier, then, difference, edition.clock.status(earlier.last), is_covered(edition, earlier))
    spark = tuple(value for day, value in sorted(days.items()) if day <= window.last)[-90:]
    ignored = tuple(sorted(filters.by_slice))
    return Tile(
        metric, window, now, status=edition.clock.status(window.last), change=moved, spark=spark, ignored=ignored
    )


def _days(reader: Reader, metric: Metric) -> dict[Any, float | None]:
    return {row["day"]: in_unit(metric, row["value"]) for row in reader.house.rows(days_sql(metric))}
