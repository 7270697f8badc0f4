"""customer_segments: how often a registered customer came in the 28 days before a month."""

from __future__ import annotations

from datetime import date, timedelta

from tests.oracle.clock import first_day, months
from tests.oracle.nouns import Row, World
from tests.oracle.people import days_of, registered
from tests.oracle.times import start_of_day

_LOOK_BACK = timedelta(days=28)
_FROM_DAYS = ((21, "core"), (14, "regular"), (7, "casual"), (1, "infrequent"), (0, "none"))


def customer_segments(world: World) -> list[Row]:
    """For months whose 28 days before lie wholly in the lake."""
    lake_from = first_day(world)
    span = [month for month in months(world) if lake_from and month - _LOOK_BACK >= lake_from]
    return [
        _row(world, customer, month)
        for month in span
        for customer in sorted(registered(world, start_of_day(month, world.zone)))
    ]


def _row(world: World, customer: str, month: date) -> Row:
    active_days = sum(month - _LOOK_BACK <= day < month for day in days_of(world).get(customer, []))
    segment = next(name for least, name in _FROM_DAYS if active_days >= least)
    return {"customer_id": customer, "month": month, "active_days": active_days, "segment": segment}
