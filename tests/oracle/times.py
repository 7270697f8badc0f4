"""Times: from whatever a file holds to UTC microseconds."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.nouns import Day, Stamp, UnreadableError

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_OPEN_FROM = date(9999, 12, 31)
_TEXT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)


class TooLateError(UnreadableError):
    """A time after the year 9999: unreadable as a start, open as an end."""


@dataclass(frozen=True)
class Written:
    """A clock reading as it was written, and its distance from UTC where that was written too."""

    wall: datetime
    offset: timedelta | None


def read_time(value: Any, zone: ZoneInfo) -> datetime:
    """The instant. Raises UnreadableError."""
    return _instant(_written(value), zone)


def read_end(value: Any, zone: ZoneInfo) -> datetime | None:
    """The instant of an end, null where it means open. Raises UnreadableError."""
    try:
        written = _written(value)
        return None if _local(written, zone).date() >= _OPEN_FROM else _instant(written, zone)
    except TooLateError:
        return None


def read_last_instant(value: Any, zone: ZoneInfo) -> datetime | None:
    """As read_end, an end without a time of day being that day's last microsecond."""
    end = read_end(value, zone)
    if end is None:
        return None
    local = _local(_written(value), zone)
    return end if local.time() != time(0) else start_of_day(local.date() + timedelta(days=1), zone) - _MICROSECOND


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in a zone."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _instant(written: Written, zone: ZoneInfo) -> datetime:
    return _within_calendar(written, lambda: _aware(written, zone).astimezone(UTC))


def _local(written: Written, zone: ZoneInfo) -> datetime:
    """What a clock in the lake's zone shows: as written where no zone was."""
    if written.offset is None:
        return written.wall
    return _within_calendar(written, lambda: _aware(written, zone).astimezone(zone).replace(tzinfo=None))


def _aware(written: Written, zone: ZoneInfo) -> datetime:
    if written.offset is None:
        return written.wall.replace(tzinfo=zone)
    return (written.wall - written.offset).replace(tzinfo=UTC)


def _within_calendar(written: Written, convert: Callable[[], datetime]) -> datetime:
    try:
        return convert()
    except (OverflowError, ValueError):
        raise (TooLateError if written.wall.year == 9999 else UnreadableError) from None


def _written(value: Any) -> Written:
    if isinstance(value, str):
        return _of_text(value.strip(" "))
    if isinstance(value, Stamp):
        return Written(_wall(value.micros), timedelta(0) if value.is_utc else None)
    if isinstance(value, Day):
        return Written(_wall(value.count * 86_400_000_000), None)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _of_epoch(value)
    raise UnreadableError


def _wall(micros: int) -> datetime:
    try:
        return _EPOCH + micros * _MICROSECOND
    except OverflowError:
        raise (TooLateError if micros > 0 else UnreadableError) from None


def _of_text(text: str) -> Written:
    if re.fullmatch(r"[0-9]+", text):
        return _of_epoch(Decimal(text))
    match = _TEXT.fullmatch(text)
    if not match:
        raise UnreadableError
    *parts, digits, offset = match.groups()
    try:
        wall = datetime(*(int(part or 0) for part in parts))  # type: ignore[arg-type]
    except ValueError:
        raise UnreadableError from None
    return Written(wall.replace(microsecond=int(f"{digits or 0:0<6}"[:6])), _offset(offset))


def _offset(text: str | None) -> timedelta | None:
    if text in (None, "Z"):
        return None if text is None else timedelta(0)
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        raise UnreadableError
    return (-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes)


def _of_epoch(value: int | float | Decimal) -> Written:
    if not math.isfinite(value):
        raise UnreadableError
    return Written(_wall(_micros(value)), timedelta(0))


def _micros(value: int | float | Decimal) -> int:
    """The unit is told by the magnitude; what is finer than a microsecond is cut toward the past."""
    size = abs(value)
    if size >= 10**17:
        return math.floor(value / 1e3) if isinstance(value, float) else math.floor(Fraction(value) / 1000)
    factor = 1_000_000 if size < 10**11 else 1_000 if size < 10**14 else 1
    return math.floor(value * factor) if isinstance(value, float) else math.floor(Fraction(value) * factor)
