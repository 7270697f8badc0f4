"""Sessions from events, where the lake has no sessions source."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.conftest import World, later, utc

pytestmark = pytest.mark.usefixtures("no_stars")

EVENTS = [
    ("e1", "one", "a", "10:00"),
    ("e2", "one", "a", "10:40"),
    ("e3", "two", "a", "10:05"),
    ("e4", None, "a", "10:10"),
    ("e5", None, "a", "10:40"),
    ("e6", None, "a", "11:10:00.000001"),
    ("e7", None, "b", "10:00"),
    ("e8", None, "b", "10:30"),
    ("e9", "shared", "c", "12:00"),
    ("e0", "shared", "d", "12:00"),
]
"""event_id, session_id, customer_id, time on 1 July 2025."""


def events(rows: list[tuple[str, str | None, str, str]]) -> list[dict[str, Any]]:
    names = ("event_id", "session_id", "customer_id", "occurred_at")
    return [dict(zip(names, (*row[:3], f"2025-07-01T{row[3]}Z"), strict=True)) for row in rows]


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    world = new_world()
    world.customers("a", "b", "c", "d")
    world.write("events/e.parquet", events(EVENTS))
    world.run()
    return world


@pytest.fixture(scope="module")
def sessions(world: World) -> dict[str, dict[str, Any]]:
    return {row["session_id"]: row for row in world.read("silver.sessions")}


def micros(text: str) -> int:
    return int(utc(f"2025-07-01 {text}").timestamp() * 1_000_000)


def test_events_with_a_session_id_make_one_session_each(sessions: dict[str, dict[str, Any]]) -> None:
    found = sessions["one"]
    assert (found["started_at"], found["ended_at"]) == (utc("2025-07-01 10:00"), utc("2025-07-01 10:40"))
    assert sessions["two"]["started_at"] == utc("2025-07-01 10:05")


def test_a_session_s_customer_is_that_of_its_first_event_ties_by_event_id(sessions: dict[str, dict[str, Any]]) -> None:
    assert sessions["shared"]["customer_id"] == "d"


def test_events_without_one_are_split_by_gaps_of_more_than_30_minutes(sessions: dict[str, dict[str, Any]]) -> None:
    without = {id: row["ended_at"] for id, row in sessions.items() if "@" in id}
    assert without == {
        f"a@{micros('10:10')}": utc("2025-07-01 10:40"),
        f"a@{micros('11:10:00.000001')}": utc("2025-07-01 11:10:00.000001"),
        f"b@{micros('10:00')}": utc("2025-07-01 10:30"),
    }


def test_derived_sessions_count_like_others(world: World) -> None:
    assert world.pairs("gold.customer_day", "customer_id", "sessions") == {"a": 4, "b": 1, "d": 1}
    assert world.column("gold.customer_device_day", "device") == ["unknown"] * 3


def test_the_gap_is_a_setting_and_later_events_join_sessions(new_world: Callable[..., World]) -> None:
    world = new_world(session_gap="10m")
    world.customers("a")
    world.write("events/1.parquet", events([("e1", None, "a", "10:00"), ("e3", None, "a", "10:16")]))
    world.ingest()
    assert len(world.read("silver.sessions")) == 2
    world.write("events/2.parquet", events([("e2", None, "a", "10:08")]), at=later(1))
    world.ingest()
    (session,) = world.read("silver.sessions")
    assert (session["started_at"], session["ended_at"]) == (utc("2025-07-01 10:00"), utc("2025-07-01 10:16"))


def test_a_full_run_derives_them_with_another_gap(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.write("events/1.parquet", events([("e1", None, "a", "10:00"), ("e2", None, "a", "10:20")]))
    world.run()
    world.run(session_gap="10m", full=True, close=True)
    assert world.column("gold.customer_day", "sessions") == [2]
    assert len(world.column("gold.activity_5m where status = 'provisional'", "sessions")) == 0


def test_derived_sessions_go_when_a_sessions_row_comes(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.write("events/e.parquet", events(EVENTS))
    world.ingest()
    world.sessions(("real", "a", "2025-07-02"), at=later(1))
    world.ingest()
    assert world.column("silver.sessions", "session_id") == ["real"]
    world.write("events/f.parquet", events([("f", None, "b", "20:00")]), at=later(2))
    world.run()
    assert world.column("silver.sessions", "session_id") == ["real"]
    assert world.failures() == []


@pytest.mark.parametrize("hours", [0, 5])
def test_derived_sessions_go_where_sessions_come_in_many_batches(new_world: Callable[..., World], hours: int) -> None:
    """Be the events older or newer than the sessions: a real one is never judged beside a derived one of the same id."""
    world = new_world(batch_rows=1)
    world.customers("a", "b")
    world.write("events/e.parquet", events(EVENTS), at=later(hours))
    world.ingest()
    world.sessions(("one", "a", "2025-07-01T10:00:00Z"), path="sessions/1.parquet", at=later(1))
    world.sessions(("two", "a", "2025-07-01T10:00:00Z"), path="sessions/2.parquet", at=later(2))
    world.run()
    assert sorted(world.column("silver.sessions", "session_id")) == ["one", "two"]
    assert all(row["_source_file"].startswith("sessions/") for row in world.read("silver.sessions"))
    assert world.failures() == []
