"""track_daily and artist_daily: every accepted row, known customer or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tests.oracle.listening import is_play, is_skip
from tests.oracle.nouns import Row, World


def track_daily(world: World) -> list[Row]:
    """By the track_id of the event, whether or not the track is known."""
    return _daily(world, "track_id", lambda event: event["track_id"])


def artist_daily(world: World) -> list[Row]:
    """By the artist of the track; without one there is no row."""
    artists = {row["track_id"]: row["artist_id"] for row in world.silver["tracks"]}
    return _daily(world, "artist_id", lambda event: artists.get(event["track_id"]))


def _daily(world: World, name: str, key_of: Callable[[Row], str | None]) -> list[Row]:
    durations = {row["track_id"]: row["duration_ms"] for row in world.silver["tracks"]}
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for event in world.silver["events"]:
        key = key_of(event)
        if key is not None and (is_play(event) or is_skip(event)):
            found[key, event["event_date"]].append(event)
    return [
        {name: key, "activity_date": day, **_measures(events, durations)}
        for (key, day), events in sorted(found.items())
    ]


def _measures(events: list[Row], durations: dict[str, int | None]) -> Row:
    plays = [event for event in events if is_play(event)]
    return {
        "plays": len(plays),
        "listeners": len({event["customer_id"] for event in plays}),
        "skips": len(events) - len(plays),
        "completed": sum(is_complete(event, durations.get(event["track_id"])) for event in plays),
        "ms_played": sum(event["ms_played"] or 0 for event in events),
    }


def is_complete(play: Row, duration_ms: int | None) -> bool:
    """At least 99 % of a known duration."""
    played = play["ms_played"]
    return played is not None and duration_ms is not None and 100 * played >= 99 * duration_ms
