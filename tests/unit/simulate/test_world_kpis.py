"""The KPIs of the default world's proportions, counted from the written files in plain Python."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from tests.unit.simulate.worlds import World

from backbeat.simulate import simulate
from backbeat.simulate.activity import draw_activity
from backbeat.simulate.customers import draw_customers
from backbeat.simulate.incidents import draw_incidents
from backbeat.simulate.span import Span
from backbeat.simulate.targets import Targets, targets_for

SPAN = Span(date(2025, 1, 1), date(2025, 8, 31))
FROM, TO = "2025-07-01", "2025-08-31"


def _counted(world: World) -> dict[str, tuple[int, int]]:
    sessions = _sessions_in_window(world)
    registered = sum(signup <= TO for (signup,) in world.rows("customers", "signup_date"))
    paid = sessions.keys() & _payers(world)
    engaged = sum(number >= 80 for number in sessions.values())
    return {
        "session_adoption_rate": (len(sessions), registered),
        "engaged_rate": (engaged, len(sessions)),
        "paid_share": (len(paid), len(sessions)),
    }


def _sessions_in_window(world: World) -> Counter[str]:
    rows = set(world.rows("sessions", "session_id", "customer_id", "start_timestamp"))
    return Counter(customer for _, customer, start in rows if FROM <= start[:10] <= TO)


def _payers(world: World) -> set[str]:
    columns = ("customer_id", "effective_start_date", "effective_end_date", "subscription_type", "status")
    return {
        customer
        for customer, start, end, kind, status in world.rows("subscriptions", *columns)
        if "free" not in kind
        and status in (None, "active", "trialing")
        and start <= TO
        and (end is None or end >= FROM)
    }


def _told(world: World) -> dict[str, tuple[int, int]]:
    return {name: (kpi["numerator"], kpi["denominator"]) for name, kpi in world.truth["kpis"].items()}


def test_the_targets_are_the_issues_numbers() -> None:
    assert targets_for(12_000, SPAN) == Targets(active=10_791, engaged=8_276, paid=6_595)


def test_six_hundred_customers(clean: World) -> None:
    expected = {"session_adoption_rate": (540, 600), "engaged_rate": (414, 540), "paid_share": (330, 540)}
    assert _counted(clean) == expected == _told(clean)


@pytest.mark.parametrize(
    ("customers", "active", "engaged", "paid"), [(1, 1, 1, 1), (2, 2, 2, 1), (5, 4, 3, 2), (97, 87, 67, 53)]
)
def test_small_worlds(tmp_path: Path, customers: int, active: int, engaged: int, paid: int) -> None:
    world = World(tmp_path, simulate(tmp_path, customers=customers, seed=5))
    expected = {
        "session_adoption_rate": (active, customers),
        "engaged_rate": (engaged, active),
        "paid_share": (paid, active),
    }
    assert _counted(world) == expected == _told(world)
    assert max(start for (start,) in world.rows("sessions", "start_timestamp"))[:10] == TO


def test_percentages_are_rounded_half_up(clean: World) -> None:
    assert {name: kpi["value"] for name, kpi in clean.truth["kpis"].items()} == {
        "session_adoption_rate": 90.0,
        "engaged_rate": 76.67,
        "paid_share": 61.11,
    }


def test_the_histogram_round_80_looks_like_its_neighbours() -> None:
    """At full size, at any seed: no pile and no step where customers were moved."""
    for seed in (1, 2, 3):
        people = draw_customers(12_000, SPAN, seed)
        incidents = draw_incidents(SPAN, seed)
        activity = draw_activity(people, SPAN, incidents, targets_for(12_000, SPAN), seed)
        held = Counter(activity.in_window(SPAN).tolist())
        below, near, above = (_mean(held, first) for first in (71, 76, 84))
        assert below * 0.85 < near < above * 1.15
        assert max(held[number] for number in range(77, 83)) < 1.5 * _mean(held, 73, 15)


def _mean(held: Counter[int], first: int, width: int = 8) -> float:
    return sum(held[number] for number in range(first, first + width)) / width


def test_a_window_too_short_for_80_sessions_is_not_bent(tmp_path: Path) -> None:
    truth = simulate(tmp_path, customers=200, start=date(2025, 8, 25), end=date(2025, 8, 31))
    assert truth["calibrated"] is False
    assert truth["kpis"]["session_adoption_rate"]["numerator"] == 180
    assert truth["kpis"]["engaged_rate"]["numerator"] < 10
