"""Subscriptions: what is paid, the plan at an instant, and the periods of one plan."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from tests.oracle.clock import Window
from tests.oracle.nouns import Row, World
from tests.oracle.people import known

_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=4)
def subscriptions_of(world: World) -> dict[str, list[Row]]:
    """The subscriptions of each known customer that cover any instant at all."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in world.silver["subscriptions"]:
        if row["customer_id"] in known(world) and covers(row, row["effective_start_at"]):
            found[row["customer_id"]].append(row)
    return found


def covers(subscription: Row, at: datetime) -> bool:
    """Both ends count; no end means running."""
    end = subscription["effective_end_at"]
    return subscription["effective_start_at"] <= at and (end is None or at <= end)


def is_paid_plan(subscription: Row) -> bool:
    """By type, or by amount where the type says nothing."""
    plan = subscription["subscription_type"]
    if plan is None or not plan.strip(" "):
        return (subscription["amount_paid"] or 0) > 0
    return "free" not in plan.lower()


def is_trial(subscription: Row) -> bool:
    return _status(subscription) == "trialing" or "trial" in (subscription["subscription_type"] or "").lower()


def state_of(subscription: Row) -> str:
    if is_trial(subscription):
        return "trial"
    return "paid" if is_paid_plan(subscription) else "free"


def pays_in(world: World, customer: str, window: Window) -> bool:
    """Whether a paid subscription, as paid_share has it, overlaps the window."""
    return any(
        is_paid_plan(row) and _status(row) in (None, "active", "trialing") and _overlaps(row, window)
        for row in subscriptions_of(world).get(customer, [])
    )


def plan_at(world: World, customer: str, at: datetime) -> tuple[str, str]:
    """Plan and state at an instant: free where no subscription covers it."""
    subscription = _covering(subscriptions_of(world).get(customer, []), at)
    return _plan(subscription) if subscription else ("free", "free")


@lru_cache(maxsize=4)
def plan_periods(world: World) -> list[Row]:
    """One row per customer and period of one plan and state, [valid_from, valid_to)."""
    return [
        {"customer_id": customer, **period}
        for customer, rows in sorted(subscriptions_of(world).items())
        for period in _merge(_segments(rows))
    ]


@lru_cache(maxsize=4)
def paid_cover(world: World) -> dict[str, list[tuple[datetime, datetime | None]]]:
    """The stretches, in order and none touching the next, in which a customer's plan is paid."""
    found: dict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for period in plan_periods(world):
        if period["state"] == "paid":
            _append(found[period["customer_id"]], period["valid_from"], period["valid_to"])
    return found


def _status(subscription: Row) -> str | None:
    status = subscription["status"]
    return None if status is None else status.strip(" ").lower()


def _overlaps(subscription: Row, window: Window) -> bool:
    end = subscription["effective_end_at"]
    return subscription["effective_start_at"] < window.end and (end is None or end >= window.start)


def _covering(subscriptions: list[Row], at: datetime) -> Row | None:
    """The latest start wins, then the greatest subscription_id."""
    covering = [row for row in subscriptions if covers(row, at)]
    return max(covering, key=lambda row: (row["effective_start_at"], row["subscription_id"] or ""), default=None)


def _plan(subscription: Row) -> tuple[str, str]:
    plan = subscription["subscription_type"]
    return "unknown" if plan is None else plan, state_of(subscription)


def _segments(subscriptions: list[Row]) -> list[Row]:
    """Between any two instants at which a subscription starts or stops covering, one plan or none."""
    starts = {row["effective_start_at"] for row in subscriptions}
    stops = {row["effective_end_at"] + _MICROSECOND for row in subscriptions if row["effective_end_at"]}
    edges: list[Any] = [*sorted(starts | stops), None]
    segments = []
    for valid_from, valid_to in pairwise(edges):
        subscription = _covering(subscriptions, valid_from)
        if subscription:
            plan, state = _plan(subscription)
            segments.append({"valid_from": valid_from, "valid_to": valid_to, "plan": plan, "state": state})
    return segments


def _merge(segments: list[Row]) -> list[Row]:
    merged: list[Row] = []
    for segment in segments:
        last = merged[-1] if merged else None
        if last and all(last[a] == segment[b] for a, b in (("valid_to", "valid_from"), ("plan",) * 2, ("state",) * 2)):
            merged[-1] = {**last, "valid_to": segment["valid_to"]}
        else:
            merged.append(segment)
    return merged


def _append(stretches: list[tuple[datetime, datetime | None]], start: datetime, end: datetime | None) -> None:
    if stretches and stretches[-1][1] == start:
        stretches[-1] = (stretches[-1][0], end)
    else:
        stretches.append((start, end))
