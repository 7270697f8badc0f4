"""retention_weekly, slice `all`, and the weeks it counts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from tests.oracle.clock import last_day, monday, status
from tests.oracle.keys import key_of
from tests.oracle.nouns import Row, World
from tests.oracle.people import days_of
from tests.oracle.times import start_of_day

_WEEK = timedelta(days=7)


def retention_weekly(world: World, *, closed: bool = False) -> list[Row]:
    """A row for every cohort and every week begun since, zeros included."""
    last = last_day(world)
    cohorts = _cohorts(world)
    return [
        _row(world, cohort, since, members, cohort == min(cohorts), closed)
        for cohort, members in sorted(cohorts.items())
        for since in range((monday(last) - cohort) // _WEEK + 1 if last else 0)
    ]


def weeks_active(world: World) -> list[Row]:
    """A row for each known customer and week with a session."""
    return [
        {"customer_key": key_of(customer), "week": week}
        for customer, found in days_of(world).items()
        for week in sorted({monday(day) for day in found})
    ]


def _cohorts(world: World) -> dict[date, list[set[int]]]:
    """By the week of the first session: for each customer, the weeks since in which there was one."""
    cohorts: dict[date, list[set[int]]] = defaultdict(list)
    for found in days_of(world).values():
        cohort = monday(found[0])
        cohorts[cohort].append({(day - cohort) // _WEEK for day in found})
    return cohorts


def _row(world: World, cohort: date, since: int, members: list[set[int]], is_first: bool, closed: bool) -> Row:
    end = start_of_day(cohort + (since + 1) * _WEEK, world.zone)
    return {
        "cohort_week": cohort,
        "weeks_since": since,
        "cohort_customers": len(members),
        "retained": sum(since in weeks for weeks in members),
        "retained_or_later": sum(max(weeks) >= since for weeks in members),
        "is_first_cohort": is_first,
        "status": status(world, end, closed),
        "slice": "all",
        "slice_value": "all",
    }
