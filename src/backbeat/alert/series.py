"""The points of a series, as far as they are to be judged: which have settled, and which are final."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from backbeat import content
from backbeat.errors import UsageError
from backbeat.lake.clock import WINDOW, Clock, newest_arrival
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert

EPOCH = datetime.fromtimestamp(0, UTC)
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Points:
    """Windows in order of time, in microseconds of UTC; `values` are NaN where there is none."""

    starts: np.ndarray
    ends: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    def part(self, begin: int, end: int) -> "Points":
        """Some of them."""
        return Points(self.starts[begin:end], self.ends[begin:end], self.values[begin:end])


def inputs(alert: Alert) -> set[str]:
    """The tables that an alert's series reads."""
    if alert.series in content.alert_series():
        return {*content.reads(content.alert_series()[alert.series])}
    return {f"gold.{_column(alert)[0]}"}


def points(lake: Lakehouse, clock: Clock, alert: Alert, after: datetime | None = None) -> Points:
    """The points of an alert's series that begin after an instant (all), as the shown tables have them."""
    after = after or BEGINNING
    if alert.series in content.alert_series():
        rows = lake.arrow(
            f"select * from ({content.alert_series()[alert.series]}) where time > :after order by time", after=after
        )
        return _instants(rows)
    table, column = _column(alert)
    if "window_start" in content.tables()[table].columns:
        rows = lake.arrow(
            _WINDOWS.format(table=table, column=column), after=after, after_day=clock.day(after - timedelta(days=1))
        )
        return _windows(rows)
    return _days(lake, clock, table, column, after)


_WINDOWS = """
select window_start, cast(`{column}` as double) as value from gold.{table}
where window_date >= :after_day and window_start > :after order by window_start"""


def final(clock: Clock, points: Points) -> int:
    """How many of the first points are over, and nothing more will come for them; an instant is, once it is there."""
    if clock.final_before is None or clock.as_of is None:
        return 0
    over = points.ends <= min(micros(clock.final_before), micros(clock.as_of))
    over |= points.ends == points.starts
    return int(np.argmin(np.append(over, False)))


def settled(lake: Lakehouse, clock: Clock, points: Points, *, feed_is_silent: bool) -> int:
    """How many of the first points can be judged: final, or `settle` older than the data, or `alert_delay` than the clock.

    The clock judges only what is recent, and only while no sessions come: older points are history, and where files come
    that are behind the clock, the next may fill the window that the last one began. The data's own time judges these.
    """
    config, now = lake.config, lake.config.clock()
    by_data = micros(clock.as_of - config.duration("settle")) if clock.as_of else 0
    by_clock = micros(now - config.duration("alert_delay"))
    is_recent = points.ends >= micros(now - config.duration("alert_recent"))
    ready = points.ends <= by_data
    if feed_is_silent:
        ready |= (points.ends <= by_clock) & is_recent
    ready[: final(clock, points)] = True
    return int(np.argmin(np.append(ready, False)))


def is_silent(lake: Lakehouse) -> bool:
    """Whether no file of sessions waits, nor has come within `alert_delay`; where there is none, of events."""
    arrived = newest_arrival(lake, "sessions") or newest_arrival(lake, "events")
    return not lake.is_behind and (not arrived or lake.config.clock() - arrived >= lake.config.duration("alert_delay"))


def awaited(lake: Lakehouse, clock: Clock, alert: Alert, after: datetime | None) -> Points:
    """Windows that should be there by the clock, and are not: after as_of's, where the feed was alive of late."""
    now = lake.config.clock()
    is_windows = alert.series.startswith("activity_5m.")
    if (
        not is_windows
        or lake.is_behind
        or clock.as_of is None
        or now - clock.as_of > lake.config.duration("alert_recent")
    ):
        return Points(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    first = max(micros(clock.as_of), micros(after) if after else 0) // _STEP * _STEP + _STEP
    starts = np.arange(first, micros(now), _STEP, dtype=np.int64)
    return Points(starts, starts + _STEP, np.full(len(starts), np.nan))


def joined(one: Points, other: Points) -> Points:
    """Points with others after them."""
    pairs = ((one.starts, other.starts), (one.ends, other.ends), (one.values, other.values))
    return Points(*(np.concatenate(pair) for pair in pairs))


def micros(instant: datetime) -> int:
    """An instant as microseconds since 1970."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(micros: int) -> datetime:
    """Microseconds since 1970 as an instant."""
    return EPOCH + timedelta(microseconds=int(micros))


_STEP = WINDOW // timedelta(microseconds=1)


def _column(alert: Alert) -> tuple[str, str]:
    table, _, column = alert.series.partition(".")
    place = f"alert {alert.name}: series {alert.series}"
    if table not in content.tables() or not column:
        known = [*content.alert_series(), "TABLE.COLUMN of a gold table"]
        raise UsageError(f"{place}: there is no such series; there are {', '.join(known)}")
    columns = content.tables()[table].columns
    if column not in columns:
        raise UsageError(f"{place}: there is no column '{column}'; there are {', '.join(columns)}")
    if not _is_one_a_window(table):
        raise UsageError(
            f"{place}: {table} has more than one row a window or day; write alerts/NAME.sql of time and value"
        )
    return table, column


def _is_one_a_window(table: str) -> bool:
    key = content.tables()[table].key
    return len(key) == 1 and (key[0] == "window_start" or key[0].endswith("_date"))


def _windows(rows: Any) -> Points:
    starts = _micros_of(rows["window_start"])
    return Points(starts, starts + _STEP, _floats(rows["value"]))


def _instants(rows: Any) -> Points:
    starts = _micros_of(rows["time"])
    return Points(starts, starts, _floats(rows["value"]))


def _days(lake: Lakehouse, clock: Clock, table: str, column: str, after: datetime) -> Points:
    day = content.tables()[table].key[0]
    rows = lake.rows(f"select {day} as day, cast(`{column}` as double) as value from gold.{table} order by {day}")
    found = [(_span(clock, row["day"]), row["value"]) for row in rows]
    kept = [(span, value) for span, value in found if span[0] > micros(after)]
    values = [np.nan if value is None else value for _, value in kept]
    bounds = [np.array([span[i] for span, _ in kept], dtype=np.int64) for i in (0, 1)]
    return Points(bounds[0], bounds[1], np.array(values, dtype=float))


def _span(clock: Clock, day: date) -> tuple[int, int]:
    return micros(clock.midnight(day)), micros(clock.midnight(day + timedelta(days=1)))


def _micros_of(column: Any) -> np.ndarray:
    found: np.ndarray = column.combine_chunks().cast("int64").to_numpy(zero_copy_only=False)
    return found


def _floats(column: Any) -> np.ndarray:
    found: np.ndarray = column.combine_chunks().to_numpy(zero_copy_only=False).astype(float)
    return np.where(np.isfinite(found), found, np.nan)
