"""The metrics about customers: for each customer of the denominator, whether in the numerator."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date

from tests.oracle.clock import Window
from tests.oracle.days import customer_device_day
from tests.oracle.nouns import World
from tests.oracle.people import known, registered, sessions_in
from tests.oracle.plans import pays_in, plan_at

SESSIONS_PER_62_DAYS = 80


def threshold_of(window: Window) -> int:
    """80 sessions per 62 days, rounded up for windows of other length."""
    return -(-SESSIONS_PER_62_DAYS * window.days // 62)


def measure(world: World, metric: str, window: Window, threshold: int | None = None) -> dict[str, bool]:
    """{customer of the denominator: whether in the numerator}."""
    return METRICS[metric](world, window, threshold or threshold_of(window))


def slices_of(world: World, window: Window) -> dict[str, Callable[[str], str]]:
    """Each slice with the value it gives a customer."""
    devices = _devices(world, window)
    return {
        "all": lambda _: "all",
        "country": lambda customer: _or_unknown(known(world)[customer]["country"]),
        "device": lambda customer: devices.get(customer, "unknown"),
        "plan": lambda customer: plan_at(world, customer, window.last_instant)[0],
    }


def _session_adoption(world: World, window: Window, _: int) -> dict[str, bool]:
    active = sessions_in(world, window)
    return {customer: customer in active for customer in registered(world, window.end)}


def _engaged(world: World, window: Window, threshold: int) -> dict[str, bool]:
    return {customer: sessions >= threshold for customer, sessions in sessions_in(world, window).items()}


def _paid(world: World, window: Window, _: int) -> dict[str, bool]:
    return {customer: pays_in(world, customer, window) for customer in sessions_in(world, window)}


def _paid_at_end(world: World, window: Window, _: int) -> dict[str, bool]:
    return {
        customer: plan_at(world, customer, window.last_instant)[1] == "paid" for customer in sessions_in(world, window)
    }


METRICS = {
    "session_adoption_rate": _session_adoption,
    "engaged_rate": _engaged,
    "paid_share": _paid,
    "paid_share_at_end": _paid_at_end,
}


def _devices(world: World, window: Window) -> dict[str, str]:
    """The device of most sessions in the window, ties by name."""
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for row in customer_device_day(world):
        if _holds(window, row["activity_date"]):
            used[row["customer_id"]][row["device"]] += row["sessions"]
    return {customer: min(found, key=lambda device: (-found[device], device)) for customer, found in used.items()}


def _holds(window: Window, day: date) -> bool:
    return window.first <= day <= window.last


def _or_unknown(value: str | None) -> str:
    return "unknown" if value is None else value
