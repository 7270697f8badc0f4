"""first_sessions, first_uses and feature_types: what customers did first, and what there is to do."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.oracle.adoption import features
from tests.oracle.nouns import Row, World


def first_sessions(world: World) -> list[Row]:
    """The first day of every customer with a session, known or not."""
    found = _firsts((row["customer_id"], row["session_date"]) for row in world.silver["sessions"])
    return [{"customer_id": customer, "first_date": day} for customer, day in found.items()]


def first_uses(world: World) -> list[Row]:
    """The first day of every customer's events of a type; events without a type are of none."""
    typed = (row for row in world.silver["events"] if row["event_type"] is not None)
    found = _firsts(((row["customer_id"], row["event_type"]), row["event_date"]) for row in typed)
    return [{"customer_id": key[0], "event_type": key[1], "first_date": day} for key, day in found.items()]


def feature_types(world: World) -> list[Row]:
    return [
        {"feature": feature.name, "event_type": event_type, "is_for_paid": feature.is_for_paid}
        for feature in features(world)
        for event_type in feature.types
    ]


def _firsts(dated: Any) -> dict[Any, date]:
    found: dict[Any, date] = {}
    for key, day in dated:
        found[key] = min(day, found.get(key, day))
    return found
