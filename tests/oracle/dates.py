"""dates: every day of every year that the lake touches."""

from __future__ import annotations

from datetime import date, timedelta

from tests.oracle.clock import days, monday
from tests.oracle.nouns import Row, World

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def dates(world: World) -> list[Row]:
    """From 1 January of the first session's year to 31 December of as_of's."""
    span = days(world)
    if not span:
        return []
    first, end = date(span[0].year, 1, 1), date(span[-1].year + 1, 1, 1)
    return [_row(first + timedelta(days=offset)) for offset in range((end - first).days)]


def _row(day: date) -> Row:
    return {
        "date": day,
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.replace(day=1),
        "month_name": _MONTHS[day.month - 1],
        "week_start": monday(day),
        "iso_week": day.isocalendar().week,
        "day_of_week": day.isoweekday(),
        "day_name": _DAYS[day.weekday()],
        "is_weekend": day.isoweekday() >= 6,
    }
