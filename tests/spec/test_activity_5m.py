"""Sessions and customers in each five minutes."""

from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pytest
from tests.conftest import World, later, utc

pytestmark = pytest.mark.usefixtures("no_stars")

SESSIONS = [
    ("s01", "a", "2025-07-01T10:02:00Z"),
    ("s02", "a", "2025-07-01T10:05:00Z"),
    ("s03", "a", "2025-07-01T10:09:59.999999Z"),
    ("s04", "b", "2025-07-01T10:07:00Z"),
    ("s05", "nobody knows", "2025-07-01T10:07:00Z"),
    ("s06", "a", "2025-07-01T10:10:00Z"),
    ("s07", "b", "2025-07-01T16:00:00Z"),
    ("s08", "a", "2025-07-01T23:58:00Z"),
    ("s09", "b", "2025-07-02T00:03:00Z"),
]

COUNTS = [
    ("10:00", 1, 1),
    ("10:05", 4, 3),
    ("10:10", 1, 1),
    ("10:15", 0, 0),
    ("11:05", 0, 0),
    ("11:10", 0, 0),
    ("11:15", None, None),
    ("12:55", None, None),
    ("13:00", 0, 0),
    ("14:00", 0, 0),
    ("15:00", 0, 0),
    ("15:05", 0, 0),
    ("16:00", 1, 1),
    ("16:05", 0, 0),
    ("23:55", 1, 1),
]
"""When a window of 1 July begins, its sessions, its customers. An event is at 14:02."""


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    world = new_world()
    world.customers("a", "b")
    world.sessions(*SESSIONS)
    event = {"event_id": "e", "customer_id": "a", "event_type": "like", "occurred_at": "2025-07-01T14:02:00Z"}
    after = {**event, "event_id": "after the last session", "occurred_at": "2025-07-02T03:00:00Z"}
    world.write("events/e.parquet", [event, after])
    world.write(
        "events/plays.parquet",
        [
            {
                "event_id": "p1",
                "customer_id": "a",
                "event_type": "play",
                "occurred_at": "2025-07-01T14:03:00Z",
                "ms_played": 30_001,
            },
            {"event_id": "p2", "customer_id": "x", "event_type": "NextSong", "occurred_at": "2025-07-01T14:04:59Z"},
            {
                "event_id": "p3",
                "customer_id": "a",
                "event_type": "play",
                "occurred_at": "2025-07-01T14:03:00Z",
                "ms_played": 30_000,
            },
            {
                "event_id": "p4",
                "customer_id": "a",
                "event_type": "play",
                "occurred_at": "2025-07-01T14:05:00Z",
                "ms_played": 40_000,
            },
        ],
    )
    world.run()
    return world


@pytest.fixture(scope="module")
def windows(world: World) -> dict[datetime, dict[str, Any]]:
    return _windows(world)


@pytest.mark.parametrize(("time", "sessions", "customers"), COUNTS)
def test_a_window_counts_what_starts_in_it(
    windows: Any, time: str, sessions: int | None, customers: int | None
) -> None:
    row = windows[utc(f"2025-07-01 {time}")]
    assert (row["sessions"], row["customers"]) == (sessions, customers)


def test_plays_are_the_valid_ones_that_begin_in_a_window(windows: dict[datetime, dict[str, Any]]) -> None:
    found = {start: row["plays"] for start, row in windows.items()}
    assert {start: plays for start, plays in found.items() if plays} == {
        utc("2025-07-01 14:00"): 2,
        utc("2025-07-01 14:05"): 1,
    }
    assert {start for start, plays in found.items() if plays is None} == {
        start for start, row in windows.items() if row["status"] == "no_data"
    }


def test_zero_and_no_data_follow_from_the_hour_around(windows: dict[datetime, dict[str, Any]]) -> None:
    """Alive: a session or an event in the hour before a window, in it or in the hour after; whole windows of five minutes."""
    empty = [start for start, row in windows.items() if row["sessions"] is None]
    activity = [utc(f"2025-07-01 {text}") for text in ("10:00", "10:05", "10:10", "14:00", "16:00", "23:55")]
    activity.append(utc("2025-07-02 00:00"))
    assert empty == [s for s in windows if all(abs((s - a).total_seconds()) > 3600 for a in activity)]
    assert all(windows[start]["status"] == "no_data" for start in empty)


def test_every_window_is_there_from_the_first_session_s_to_as_of_s(windows: dict[datetime, dict[str, Any]]) -> None:
    starts = list(windows)
    assert (starts[0], starts[-1]) == (utc("2025-07-01 10:00"), utc("2025-07-02 00:00"))
    assert {(b - a).total_seconds() for a, b in pairwise(starts)} == {300}
    assert all((row["window_end"] - start).total_seconds() == 300 for start, row in windows.items())


def test_customers_are_never_more_than_sessions(windows: dict[datetime, dict[str, Any]]) -> None:
    assert [row for row in windows.values() if (row["customers"] or 0) > (row["sessions"] or 0)] == []


def test_a_window_is_final_once_the_watermark_has_reached_its_end(windows: dict[datetime, dict[str, Any]]) -> None:
    """as_of is 00:03, the watermark 23:03: the window to 23:00 is final, the one to 23:05 is not."""
    assert windows[utc("2025-07-01 22:55")]["status"] == "final"
    assert windows[utc("2025-07-01 23:00")]["status"] == "provisional"
    assert windows[utc("2025-07-02 00:00")]["status"] == "provisional"


def test_window_date_is_the_day_of_its_start(windows: dict[datetime, dict[str, Any]]) -> None:
    assert {start.date() for start in windows} == {date(2025, 7, 1), date(2025, 7, 2)}
    assert all(row["window_date"] == start.date() for start, row in windows.items())


def test_days_are_those_of_the_lake_s_zone(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="America/St_Johns")
    world.customers("a")
    world.sessions(("1", "a", "2025-07-02T02:29:00Z"), ("2", "a", "2025-07-02T02:31:00Z"))
    world.run()
    assert world.pairs("gold.activity_5m", "window_start", "window_date") == {
        utc("2025-07-02 02:25"): date(2025, 7, 1),
        utc("2025-07-02 02:30"): date(2025, 7, 2),
    }
    assert world.pairs("gold.customer_day", "activity_date", "sessions") == {date(2025, 7, 1): 1, date(2025, 7, 2): 1}


def test_a_watermark_on_a_window_s_end_makes_it_final(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"), ("2", "a", "2025-07-01T11:05:00Z"))
    world.run()
    status = world.pairs("gold.activity_5m", "window_start", "status")
    assert (status[utc("2025-07-01 10:00")], status[utc("2025-07-01 10:05")]) == ("final", "provisional")


def test_close_makes_everything_final_until_newer_data_comes(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.sessions(("1", "a", "2025-07-01T10:01:00Z"), ("2", "a", "2025-07-01T10:58:00Z"))
    world.run()
    assert set(world.column("gold.activity_5m", "status")) == {"provisional"}
    world.run(close=True)
    assert set(world.column("gold.activity_5m", "status")) == {"final"}
    assert set(world.column("gold.kpis", "status")) == {"final"}
    world.sessions(("3", "a", "2025-07-01T11:11:00Z"), path="sessions/more.parquet", at=later(1))
    world.run()
    status = world.pairs("gold.activity_5m", "window_start", "status")
    assert (status[utc("2025-07-01 10:55")], status[utc("2025-07-01 11:00")]) == ("final", "provisional")
    assert len(status) == 15


def test_a_fast_clock_does_not_move_as_of_past_the_newest_arrival(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.sessions(("1", "a", "2025-08-31T23:00:00Z"), ("fast", "a", "2025-09-01T00:50:00Z"))
    report = world.run()
    assert report.clock.as_of == utc("2025-09-01 00:00")
    assert max(world.column("gold.activity_5m", "window_start")) == utc("2025-09-01 00:00")


def test_events_do_not_move_as_of(world: World) -> None:
    assert world.open().status().newest_data == utc("2025-07-02 00:03")


def _windows(world: World) -> dict[datetime, dict[str, Any]]:
    return {row["window_start"]: row for row in world.read("gold.activity_5m")}
