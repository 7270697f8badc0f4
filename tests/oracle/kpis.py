"""kpis and kpi_summary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from tests.oracle.clock import Window, as_of, default_window, status, stored_windows
from tests.oracle.metrics import METRICS, measure, slices_of, threshold_of
from tests.oracle.nouns import Row, World
from tests.oracle.ratios import percent

HEADLINES = ("session_adoption_rate", "engaged_rate", "paid_share")
_MIN_GROUP = 5


def kpis(world: World, *, closed: bool = False) -> list[Row]:
    """One row per metric, stored window and slice with anybody in its denominator; slice `all` always."""
    return [row for window in stored_windows(world) for row in kpis_of(world, window, closed=closed)]


def kpis_of(world: World, window: Window, *, threshold: int | None = None, closed: bool = False) -> Iterator[Row]:
    """The same for one window of whatever length."""
    slices = slices_of(world, window)
    for metric in METRICS:
        members = measure(world, metric, window, threshold)
        for name, value_of in slices.items():
            for value, group in _groups(members, name, value_of).items():
                shared = _shared(world, metric, window, threshold, closed)
                yield {**shared, "slice": name, "slice_value": value, **_numbers(group)}


def kpi_summary(world: World) -> list[Row]:
    """The headline KPIs of the default window, in percent."""
    window = default_window(world)
    if window is None:
        return []
    return [
        {"metric": metric, "value": _numbers(list(measure(world, metric, window).values()))["value"]}
        for metric in HEADLINES
    ]


def _groups(members: dict[str, bool], name: str, value_of: Callable[[str], str]) -> dict[str, list[bool]]:
    found: dict[str, list[bool]] = defaultdict(list, {"all": []} if name == "all" else {})
    for customer, is_in_numerator in members.items():
        found[value_of(customer)].append(is_in_numerator)
    return found


def _shared(world: World, metric: str, window: Window, threshold: int | None, closed: bool) -> Row:
    return {
        "metric": metric,
        "window_kind": window.kind,
        "window_from": window.first,
        "window_to": window.last,
        "unit": "percent",
        "threshold": (threshold or threshold_of(window)) if metric == "engaged_rate" else None,
        "definition_version": 1,
        "status": status(world, window.end, closed),
        "as_of": as_of(world),
    }


def _numbers(group: list[bool]) -> Row:
    numerator, denominator = sum(group), len(group)
    return {
        "numerator": numerator,
        "denominator": denominator,
        "value": percent(numerator, denominator),
        "is_small": denominator < _MIN_GROUP,
    }
