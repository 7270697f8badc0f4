"""Which plan a customer was on: one row a period of one plan and state, none where no subscription covers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tests.conftest import World, utc

Period = tuple[str, str | None, str, str]
MARCH, APRIL, MAY, JUNE = "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"

# case: subscriptions (start, end, type, and what else is not usual), expected periods (from, to, plan, state)
CASES: dict[str, tuple[list[tuple[Any, ...]], list[Period]]] = {
    "one, with an end": ([(MARCH, "2025-03-31", "premium")], [(MARCH, APRIL, "premium", "paid")]),
    "one, open": ([(MARCH, None, "premium")], [(MARCH, None, "premium", "paid")]),
    "an end with a time": (
        [(MARCH, "2025-04-01 10:00", "premium")],
        [(MARCH, "2025-04-01 10:00:00.000001", "premium", "paid")],
    ),
    "touching, of one plan": (
        [(MARCH, "2025-03-31", "premium"), (APRIL, "2025-04-30", "premium")],
        [(MARCH, MAY, "premium", "paid")],
    ),
    "touching, of two plans": (
        [(MARCH, "2025-03-31", "premium"), (APRIL, "2025-04-30", "family")],
        [(MARCH, APRIL, "premium", "paid"), (APRIL, MAY, "family", "paid")],
    ),
    "touching, of one plan and two states": (
        [(MARCH, "2025-03-31", "premium", {"status": "trialing"}), (APRIL, "2025-04-30", "premium")],
        [(MARCH, APRIL, "premium", "trial"), (APRIL, MAY, "premium", "paid")],
    ),
    "a gap": (
        [(MARCH, "2025-03-30", "premium"), (APRIL, "2025-04-30", "premium")],
        [(MARCH, "2025-03-31", "premium", "paid"), (APRIL, MAY, "premium", "paid")],
    ),
    "the latest start counts": (
        [(MARCH, "2025-05-31", "premium"), (APRIL, "2025-04-30", "family")],
        [(MARCH, APRIL, "premium", "paid"), (APRIL, MAY, "family", "paid"), (MAY, JUNE, "premium", "paid")],
    ),
    "equal starts, the greatest id counts": (
        [
            (MARCH, "2025-03-31", "premium", {"subscription_id": "9"}),
            (MARCH, "2025-03-31", "family", {"subscription_id": "10"}),
            (MARCH, "2025-03-31", "solo"),
        ],
        [(MARCH, APRIL, "premium", "paid")],
    ),
    "whatever the status": ([(MARCH, None, "premium", {"status": "cancelled"})], [(MARCH, None, "premium", "paid")]),
    "free": ([(MARCH, None, "Free_Tier", {"amount_paid": 9.0})], [(MARCH, None, "Free_Tier", "free")]),
    "a trial by type": ([(MARCH, None, "Premium-TRIAL")], [(MARCH, None, "Premium-TRIAL", "trial")]),
    "a trial by status": ([(MARCH, None, "premium", {"status": " Trialing "})], [(MARCH, None, "premium", "trial")]),
    "no type, paid": ([(MARCH, None, None, {"amount_paid": 0.01})], [(MARCH, None, "unknown", "paid")]),
    "no type, not paid": ([(MARCH, None, None, {"amount_paid": 0.0})], [(MARCH, None, "unknown", "free")]),
    "no type, nothing known": ([(MARCH, None, None)], [(MARCH, None, "unknown", "free")]),
    "blank type, paid": ([(MARCH, None, " ", {"amount_paid": 5.0})], [(MARCH, None, " ", "paid")]),
    "an end before the start": ([(APRIL, "2025-03-01", "premium")], []),
    "one instant": ([("2025-03-01 10:00", "2025-03-01 10:00", "premium")], [("2025-03-01 10:00", "2025-03-01 10:00:00.000001", "premium", "paid")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """One customer a case, and one whom no customers file names."""
    world = new_world()
    world.customers(*CASES)
    rows = [_subscription(case, *given) for case, (subscriptions, _) in CASES.items() for given in subscriptions]
    world.write("subscriptions/s.parquet", [*rows, _subscription("unknown", MARCH, None, "premium")])
    world.run()
    return world


@pytest.mark.parametrize(("case", "periods"), [(case, periods) for case, (_, periods) in CASES.items()])
def test_plan_periods(world: World, case: str, periods: list[Period]) -> None:
    found = [row for row in world.read("gold.plan_periods") if row["customer_id"] == case]
    assert [(row["valid_from"], row["valid_to"], row["plan"], row["state"]) for row in found] == [
        (_instant(begin), _instant(end), plan, state) for begin, end, plan, state in periods
    ]


def test_only_known_customers_have_plans(world: World) -> None:
    assert "unknown" not in world.column("gold.plan_periods", "customer_id")


def _subscription(customer: str, start: str, end: str | None, kind: str | None, more: Any = None) -> dict[str, Any]:
    usual = {"subscription_id": None, "amount_paid": None, "status": "active"}
    dates = {"effective_start_date": start, "effective_end_date": end}
    return {"customer_id": customer, **dates, "subscription_type": kind, **usual, **(more or {})}


def _instant(text: str | None) -> datetime | None:
    return utc(text) if text else None
