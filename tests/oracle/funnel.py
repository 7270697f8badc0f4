"""funnel, slice `all`: signed_up, activated, habitual, paid."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from tests.oracle.clock import months, next_month, status
from tests.oracle.nouns import Row, World
from tests.oracle.people import days_of, known, sign_up_day
from tests.oracle.plans import state_of, subscriptions_of
from tests.oracle.ratios import median_of, share
from tests.oracle.times import start_of_day

STEPS = ("signed_up", "activated", "habitual", "paid")


def funnel(world: World, *, closed: bool = False) -> list[Row]:
    """Four rows for each month of the span in which anybody signed up."""
    joined = cohorts(world)
    return [row for month in months(world) if month in joined for row in _rows(world, month, joined[month], closed)]


def cohorts(world: World) -> dict[date, list[str]]:
    """Customers by the month in which they joined."""
    found: dict[date, list[str]] = defaultdict(list)
    for customer in known(world):
        day = sign_up_day(world, customer)
        if day:
            found[day.replace(day=1)].append(customer)
    return found


def _rows(world: World, month: date, customers: list[str], closed: bool) -> list[Row]:
    reached = [steps_of(world, customer) for customer in customers]
    end = start_of_day(next_month(month) + timedelta(days=90), world.zone)
    return [
        {
            "cohort_month": month,
            "step": step,
            **_numbers([steps[place] for steps in reached if len(steps) > place], len(customers)),
            "status": status(world, end, closed),
            "slice": "all",
            "slice_value": "all",
        }
        for place, step in enumerate(STEPS)
    ]


def _numbers(days: list[int], started: int) -> Row:
    return {"customers": len(days), "rate_from_start": share(len(days), started), "median_days": median_of(days)}


def steps_of(world: World, customer: str) -> list[int]:
    """The day of each step reached, as far as none is missing."""
    signed_up = sign_up_day(world, customer)
    if signed_up is None:
        return []
    since = [(day - signed_up).days for day in days_of(world).get(customer, [])]
    activated = [day for day in since if 0 <= day <= 7]
    habitual = [day for day in since if 8 <= day <= 28][2:]
    paid = [day for day in _paid_starts(world, customer, signed_up) if 0 <= day <= 90]
    reached = [0]
    for days in (activated, habitual, paid):
        if not days:
            break
        reached.append(min(days))
    return reached


def _paid_starts(world: World, customer: str, signed_up: date) -> list[int]:
    return [
        (row["effective_start_at"].astimezone(world.zone).date() - signed_up).days
        for row in subscriptions_of(world).get(customer, [])
        if state_of(row) == "paid"
    ]
