"""What an event says about listening: a play, a skip, or neither."""

from __future__ import annotations

from tests.oracle.nouns import Row

PLAY_TYPES = ("play", "NextSong")
SKIP_TYPES = ("skip",)
_PLAY_LONGER_THAN_MS = 30_000


def is_play(event: Row) -> bool:
    """Of a play type, and longer than 30 seconds or of unknown length."""
    played = event["ms_played"]
    return event["event_type"] in PLAY_TYPES and (played is None or played > _PLAY_LONGER_THAN_MS)


def is_skip(event: Row) -> bool:
    """Of a skip type, or of a play type that was no play."""
    return event["event_type"] in SKIP_TYPES or (event["event_type"] in PLAY_TYPES and not is_play(event))
