"""sessions_histogram: how many active customers had exactly, and at least, so many sessions."""

from __future__ import annotations

from collections import Counter

from tests.oracle.clock import default_window
from tests.oracle.nouns import Row, World
from tests.oracle.people import sessions_in


def sessions_histogram(world: World) -> list[Row]:
    """Only numbers that occur in the default window."""
    window = default_window(world)
    if window is None:
        return []
    found = Counter(sessions_in(world, window).values())
    return [
        {
            "sessions": sessions,
            "customers": customers,
            "customers_at_least": sum(others for number, others in found.items() if number >= sessions),
        }
        for sessions, customers in sorted(found.items())
    ]
