"""Who is left out of every metric about customers, rule by rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from tests.oracle.days import customer_day
from tests.oracle.nouns import Row, World

Rules = Mapping[str, Mapping[str, Any]]
Met = Iterator[tuple[str, date | None]]


def excluded_customers(world: World, rules: Rules) -> list[Row]:
    """One row per known customer and rule, `since` the first day on which the rule was met."""
    registered = {row["customer_id"] for row in world.silver["customers"]}
    found: dict[tuple[str, str], list[date | None]] = {}
    for name, rule in rules.items():
        for kind, given in rule.items():
            for customer, day in _KINDS[kind](world, given):
                if customer in registered:
                    found.setdefault((customer, name), []).append(day)
    return [
        {"customer_id": customer, "rule": rule, "since": min((day for day in days if day), default=None)}
        for (customer, rule), days in found.items()
    ]


def without_excluded(world: World, rules: Rules) -> World:
    """The world as metrics see it: those left out are known no longer, all else is as it was."""
    gone = frozenset(row["customer_id"] for row in excluded_customers(world, rules))
    return replace(world, excluded=gone)


def _ids(world: World, given: list[str]) -> Met:
    return ((row["customer_id"], None) for row in world.silver["customers"] if row["customer_id"] in given)


def _ids_like(world: World, given: list[str]) -> Met:
    patterns = [re.compile(re.escape(one).replace("%", ".*").replace("_", "."), re.DOTALL) for one in given]
    for row in world.silver["customers"]:
        if any(pattern.fullmatch(row["customer_id"]) for pattern in patterns):
            yield row["customer_id"], None


def _plans(world: World, given: list[str]) -> Met:
    plans = {plan.strip(" ").lower() for plan in given}
    for row in world.silver["subscriptions"]:
        if (row["subscription_type"] or "").strip(" ").lower() in plans:
            yield row["customer_id"], row["effective_start_at"].astimezone(world.zone).date()


def _more_than(column: str) -> Callable[[World, int], Met]:
    def found(world: World, given: int) -> Met:
        return ((row["customer_id"], row["activity_date"]) for row in customer_day(world) if row[column] > given)

    return found


_KINDS: dict[str, Callable[[World, Any], Met]] = {
    "ids": _ids,
    "ids_like": _ids_like,
    "plans": _plans,
    "sessions_a_day": _more_than("sessions"),
    "plays_a_day": _more_than("plays"),
}
