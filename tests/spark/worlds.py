"""The smallest world that has something of most tables."""

from tests.conftest import World


def deliver(world: World) -> None:
    """Two customers, one of whom listens and pays, and a row that can't be read."""
    world.write(
        "customers/c.parquet", [{"customer_id": id, "country": "SE", "signup_date": "2025-06-30"} for id in "ab"]
    )
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"), ("2", "b", "2025-07-01T23:59:00Z"), ("3", "b", "never"))
    at = {"session_id": "1", "customer_id": "a", "occurred_at": "2025-07-01T10:01:00Z"}
    world.write(
        "events/e.parquet", [{**at, "event_id": "1", "event_type": "play", "track_id": "t", "ms_played": 60_000}]
    )
    paid = {"subscription_type": "premium", "amount_paid": 9.99, "status": "active"}
    world.write("subscriptions/s.parquet", [{"customer_id": "a", "effective_start_date": "2025-06-30", **paid}])
