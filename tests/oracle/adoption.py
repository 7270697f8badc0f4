"""feature_adoption, slice `all`."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from tests.oracle.clock import Window, first_day, month_window, months
from tests.oracle.listening import PLAY_TYPES, SKIP_TYPES
from tests.oracle.nouns import Row, World
from tests.oracle.people import events_of, sessions_in, sign_up_day
from tests.oracle.plans import pays_in
from tests.oracle.ratios import median_of, share

_MIN_USES = 1


@dataclass(frozen=True)
class Feature:
    name: str
    types: tuple[str, ...]
    is_for_paid: bool = False


FEATURES = (
    Feature("play", PLAY_TYPES),
    Feature("skip", SKIP_TYPES),
    Feature("like", ("like",)),
    Feature("playlist_add", ("playlist_add",)),
    Feature("search", ("search",)),
    Feature("download", ("download",), is_for_paid=True),
    Feature("share", ("share",)),
)


def feature_adoption(world: World) -> list[Row]:
    """Every feature in every month of the span, zeros included."""
    windows = [month_window(world, month) for month in months(world)]
    return [row for feature in features(world) for row in _months_of(world, feature, windows)]


def features(world: World) -> list[Feature]:
    """The listed ones, and one for each other event type found."""
    listed = {event_type for feature in FEATURES for event_type in feature.types}
    found = {event["event_type"] for event in events_of(world)} - listed - {None}
    return [*FEATURES, *(Feature(event_type, (event_type,)) for event_type in sorted(found))]


def _months_of(world: World, feature: Feature, windows: list[Window]) -> list[Row]:
    uses = uses_of(world, feature)
    return [_row(world, feature, window, uses) for window in windows]


def uses_of(world: World, feature: Feature) -> dict[str, list[date]]:
    """The days of each customer's uses, by type alone, in order."""
    uses: dict[str, list[date]] = defaultdict(list)
    for event in events_of(world):
        if event["event_type"] in feature.types:
            uses[event["customer_id"]].append(event["event_date"])
    return {customer: sorted(days) for customer, days in uses.items()}


def _row(world: World, feature: Feature, window: Window, uses: dict[str, list[date]]) -> Row:
    eligible = eligible_in(world, feature, window)
    in_month = Counter({customer: uses_in(uses.get(customer, ()), window) for customer in eligible})
    adopters = [customer for customer, number in in_month.items() if number >= _MIN_USES]
    return {
        "feature": feature.name,
        "month": window.first,
        "eligible": len(eligible),
        "adopters": len(adopters),
        "adoption_rate": share(len(adopters), len(eligible)),
        "uses_per_adopter": share(sum(in_month[customer] for customer in adopters), len(adopters)),
        "median_days_to_adopt": median_of(days_to_adopt(world, window, adopters, uses)),
        "slice": "all",
        "slice_value": "all",
    }


def eligible_in(world: World, feature: Feature, window: Window) -> list[str]:
    """Who was active and may use the feature."""
    active = sessions_in(world, window)
    return [customer for customer in active if not feature.is_for_paid or pays_in(world, customer, window)]


def uses_in(days: list[date] | tuple[date, ...], window: Window) -> int:
    """How many of the days are the window's."""
    return sum(window.first <= day <= window.last for day in days)


def days_to_adopt(world: World, window: Window, adopters: list[str], uses: dict[str, list[date]]) -> list[int]:
    """Of adopters whose first use ever is in the month and who joined when the lake was there to see it."""
    joined = {customer: sign_up_day(world, customer) for customer in adopters if uses[customer][0] >= window.first}
    lake_from = first_day(world)
    return [
        (uses[customer][0] - day).days for customer, day in joined.items() if day and lake_from and day >= lake_from
    ]
