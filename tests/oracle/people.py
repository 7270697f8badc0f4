"""Known customers: when they joined, when they listened."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from tests.oracle.clock import Window
from tests.oracle.keys import key_of
from tests.oracle.nouns import Row, World


@lru_cache(maxsize=4)
def known(world: World) -> dict[str, Row]:
    """The customers in silver who are not excluded, by id: all others count in no metric about customers."""
    return {row["customer_id"]: row for row in world.silver["customers"] if row["customer_id"] not in world.excluded}


def known_customers(world: World) -> list[Row]:
    """The same as rows, each with the number that stands for the id."""
    return [
        {**{name: row[name] for name in ("customer_id", "signed_up_at", "country")}, "customer_key": key_of(customer)}
        for customer, row in known(world).items()
    ]


@lru_cache(maxsize=4)
def sessions_of(world: World) -> dict[str, list[datetime]]:
    """Starts of each known customer's sessions, in order."""
    return {customer: sorted(starts) for customer, starts in _group(world, "sessions", "started_at").items()}


@lru_cache(maxsize=4)
def days_of(world: World) -> dict[str, list[date]]:
    """The distinct days of each known customer's sessions, in order."""
    return {customer: sorted(set(found)) for customer, found in _group(world, "sessions", "session_date").items()}


def events_of(world: World) -> list[Row]:
    """The events of known customers."""
    return [row for row in world.silver["events"] if row["customer_id"] in known(world)]


def sessions_in(world: World, window: Window) -> dict[str, int]:
    """The active customers of a window, with how many sessions they had in it."""
    found = {customer: _between(starts, window) for customer, starts in sessions_of(world).items()}
    return {customer: number for customer, number in found.items() if number}


def is_registered(world: World, customer: str, by: datetime) -> bool:
    """Sign-up or first session before `by`; without a sign-up date always."""
    signed_up_at = known(world)[customer]["signed_up_at"]
    starts = sessions_of(world).get(customer, [])
    return signed_up_at is None or signed_up_at < by or (bool(starts) and starts[0] < by)


def registered(world: World, by: datetime) -> list[str]:
    return [customer for customer in known(world) if is_registered(world, customer, by)]


def sign_up_day(world: World, customer: str) -> date | None:
    """The day of the sign-up, without one the first session's."""
    signed_up_at = known(world)[customer]["signed_up_at"]
    if signed_up_at is not None:
        return signed_up_at.astimezone(world.zone).date()
    return next(iter(days_of(world).get(customer, [])), None)


def _group(world: World, source: str, column: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in world.silver[source]:
        if row["customer_id"] in known(world):
            found[row["customer_id"]].append(row[column])
    return found


def _between(starts: list[datetime], window: Window) -> int:
    return bisect_left(starts, window.end) - bisect_left(starts, window.start)


def has_day(found: list[date], first: date, last: date) -> bool:
    """Whether one of the days, which are in order, lies in first…last."""
    return bisect_right(found, last) > bisect_left(found, first)
