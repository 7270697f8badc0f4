"""customer_day, customer_device_day and customer_event_day: every accepted row, known customer or not."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import Any

from tests.oracle.keys import key_of
from tests.oracle.listening import is_play, is_skip
from tests.oracle.nouns import Row, World


@lru_cache(maxsize=4)
def customer_day(world: World) -> list[Row]:
    """A row where there is a session, play or skip."""
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for session in world.silver["sessions"]:
        found[session["customer_id"], session["session_date"]]["sessions"] += 1
    for event in world.silver["events"]:
        if is_play(event) or is_skip(event):
            found[event["customer_id"], event["event_date"]].update(_listening(event))
    return [_row(*key, counter) for key, counter in sorted(found.items())]


@lru_cache(maxsize=4)
def customer_device_day(world: World) -> list[Row]:
    found = Counter(
        (row["customer_id"], row["session_date"], "unknown" if row["device"] is None else row["device"])
        for row in world.silver["sessions"]
    )
    return [
        {
            "customer_id": customer,
            "activity_date": day,
            "device": device,
            "sessions": sessions,
            "customer_key": key_of(customer),
        }
        for (customer, day, device), sessions in sorted(found.items())
    ]


def customer_event_day(world: World) -> list[Row]:
    """Events without a type are in no row; those that neither play nor skip count as uses alone."""
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for event in world.silver["events"]:
        if event["event_type"] is not None:
            counter = found[event["customer_id"], event["event_date"], event["event_type"]]
            counter["uses"] += 1
            if is_play(event) or is_skip(event):
                counter.update(_listening(event))
    return [
        {
            "customer_id": customer,
            "activity_date": day,
            "event_type": event_type,
            **{name: counter[name] for name in ("uses", "plays", "skips", "ms_played")},
        }
        for (customer, day, event_type), counter in sorted(found.items())
    ]


def _listening(event: Row) -> dict[str, int]:
    return {"plays": int(is_play(event)), "skips": int(is_skip(event)), "ms_played": event["ms_played"] or 0}


def _row(customer: str, day: Any, counter: Counter[str]) -> Row:
    measures = {name: counter[name] for name in ("sessions", "plays", "skips", "ms_played")}
    return {"customer_id": customer, "activity_date": day, **measures, "customer_key": key_of(customer)}
