"""Time as the data tells it: how far it reaches, and up to where it is final. No definition reads the clock on the wall."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backbeat.config import Config
from backbeat.lake.delta import DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch

EVERYTHING = datetime(9999, 1, 1, tzinfo=UTC)
WINDOW = timedelta(minutes=5)
CLOCK_TABLES = ("silver.sessions", "ops.files")
"""What has to be shown for the clock to be read."""


@dataclass(frozen=True)
class Clock:
    """`first_at` and `as_of` bound the sessions (None in an empty lake); what ends by `final_before` is final."""

    first_at: datetime | None
    as_of: datetime | None
    final_before: datetime | None
    zone: ZoneInfo

    def day(self, instant: datetime) -> date:
        """The day of the lake's zone that an instant lies in."""
        return instant.astimezone(self.zone).date()

    def midnight(self, day: date) -> datetime:
        """The instant a day begins in the lake's zone, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def status(self, window_to: date) -> str:
        """`final` when all that can fall in a window ending with that day is known, else `provisional`."""
        end = self.midnight(window_to + timedelta(days=1))
        return "final" if self.final_before and self.final_before >= end else "provisional"


def read_clock(lake: Lakehouse, batches: Iterable[Batch]) -> Clock:
    """The clock of the newest sessions and files."""
    for name in CLOCK_TABLES:
        lake.show(name)
    return shown_clock(lake, batches)


def shown_clock(lake: Lakehouse, batches: Iterable[Batch]) -> Clock:
    """The clock of the sessions and files that are shown.

    as_of = the earlier of the newest session's start and the newest file's arrival; watermark = as_of − `watermark`.

    Final is what ends by the watermark or by the last `closed_through`; everything, while nothing is newer than that.
    """
    lake.show_apart(
        "first_and_last_sessions", "silver.sessions", _of_first_and_last_day(lake.shown_files("silver.sessions"))
    )
    found = lake.rows("select min(started_at) as first_at, max(started_at) as newest from first_and_last_sessions")[0]
    taken = lake.rows("select max(modified_at) as arrived from ops.files where state = 'taken'")[0]
    as_of = _earlier(found["newest"], taken["arrived"])
    closed = max((batch.closed_through for batch in batches if batch.closed_through), default=None)
    return Clock(found["first_at"], as_of, _final_before(lake.config, as_of, closed), lake.config.zone)


def _of_first_and_last_day(files: Sequence[DataFile]) -> list[DataFile]:
    """The files that hold the first and the last session: a session's date is the day it starts."""
    days = sorted(str(file.partition["session_date"]) for file in files)
    return [file for file in files if file.partition["session_date"] in (days[0], days[-1])]


def newest_arrival(lake: Lakehouse, source: str | None = None) -> datetime | None:
    """When the newest file arrived that was taken, of one source or of all; not what says that it is from the future."""
    lake.show("ops.files")
    sql = """
select max(modified_at) as at
from ops.files
where state = 'taken' and modified_at <= :now and (:source is null or source = :source)"""
    found: datetime | None = lake.rows(sql, source=source, now=lake.config.clock())[0]["at"]
    return found


def close_through(as_of: datetime) -> datetime:
    """Up to where `--close` closes the feed: the end of the five-minute window that holds as_of."""
    floor = as_of.replace(minute=as_of.minute // 5 * 5, second=0, microsecond=0)
    return floor + timedelta(minutes=5)


def watermark(config: Config, as_of: datetime) -> datetime:
    """Up to where the data's own time makes everything final."""
    return as_of - config.duration("watermark")


def open_windows(clock: Clock) -> int:
    """How many five-minute windows up to as_of are not final yet."""
    if clock.as_of is None or clock.first_at is None or clock.final_before == EVERYTHING:
        return 0
    begin = max(clock.final_before or clock.first_at, clock.first_at)
    return max(window_number(clock.as_of) - window_number(begin) + 1, 0)


def _final_before(config: Config, as_of: datetime | None, closed: datetime | None) -> datetime | None:
    if as_of is None:
        return closed
    if closed and closed > as_of:
        return EVERYTHING
    return max(watermark(config, as_of), closed or datetime.min.replace(tzinfo=UTC))


def window_number(instant: datetime) -> int:
    """Which five-minute window holds an instant, counted from 1970."""
    return (instant - datetime.fromtimestamp(0, UTC)) // WINDOW


def _earlier(one: Any, other: Any) -> datetime | None:
    known = [value for value in (one, other) if value is not None]
    return min(known) if one is not None else None
