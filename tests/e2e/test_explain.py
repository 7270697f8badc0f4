"""Where a number comes from, and who is behind it."""

import csv
import json
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import World
from tests.e2e.conftest import backbeat, places

from backbeat.errors import UsageError


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """Two files of sessions, of two days; a, b and c come, d never does."""
    world = new_world(engaged_sessions=2)
    world.customers("a", "b", "c", "d", signup_date="2025-01-01")
    world.sessions(
        ("s1", "a", "2025-07-01T10:00:00Z"), ("s2", "b", "2025-07-01T11:00:00Z"), path="sessions/1/s.parquet"
    )
    world.sessions(
        ("s3", "a", "2025-07-02T10:00:00Z"), ("s4", "c", "2025-07-02T11:00:00Z"), path="sessions/2/s.parquet"
    )
    world.run(close=True)
    return world


def test_a_metric_is_explained_down_to_its_raw_files(world: World) -> None:
    found = world.open().explain("engaged_rate", day=date(2025, 7, 1))
    assert [row["table"] for row in found.tables] == [
        "gold.customer_day", "gold.known_customers", "gold.customer_device_day", "gold.customer_event_day",
        "gold.excluded_customers", "silver.customers", "silver.events", "silver.sessions",
    ]  # fmt: skip
    sessions = [row for row in found.files if row["source"] == "sessions"]
    assert [(row["file"], row["rows"]) for row in sessions] == [("sessions/1/s.parquet", 2)]
    assert [row["file"] for row in found.files if row["source"] == "customers"] == ["customers/c.parquet"]
    assert "sessions >= :threshold" in found.sql
    assert "known_customers" in found.sql


def test_without_a_date_it_is_the_last_one(world: World) -> None:
    found = world.open().explain("engaged_rate")
    assert found.day == date(2025, 7, 2)
    assert [row["file"] for row in found.files if row["source"] == "sessions"] == ["sessions/2/s.parquet"]


def test_its_last_values_are_those_that_are_stored(world: World) -> None:
    found = world.open().explain("engaged_rate")
    assert [(row["window_kind"], row["numerator"], row["denominator"], row["value"]) for row in found.values] == [
        ("month", 3, 3, 100.0),
        ("default", 1, 3, 33.33),
    ]


def test_a_series_is_explained_by_its_days(world: World) -> None:
    found = world.open().explain("stickiness")
    assert [row["window_from"] for row in found.values] == [date(2025, 7, 2), date(2025, 7, 1)]
    assert found.tables[0]["table"] == "gold.daily_engagement"


def test_rules_that_leave_customers_out_bring_their_tables(world: World) -> None:
    path = world.raw.parent / "exclusions.yml"
    path.write_text(json.dumps({"rules": {"inside": {"plans": ["staff"]}}}), "utf-8")
    tables = [row["table"] for row in world.open(exclusions=str(path)).explain("engaged_rate").tables]
    assert "silver.subscriptions" in tables


def test_customers_go_to_a_file_that_only_its_owner_can_read(world: World, tmp_path: Path) -> None:
    out = tmp_path / "who.csv"
    assert world.open().write_customers("session_adoption_rate", out) == 4
    with out.open() as file:
        found = {row["customer_id"]: row["in_numerator"] for row in csv.DictReader(file)}
    assert found == {"a": "true", "b": "true", "c": "true", "d": "false"}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_customers_of_a_window(world: World, tmp_path: Path) -> None:
    out = tmp_path / "who.csv"
    first = last = date(2025, 7, 2)
    assert world.open().write_customers("paid_share", out, first=first, last=last) == 2


@pytest.mark.parametrize("out", ["/dev/stdout", "/dev/stderr", "/dev/null"])
def test_customers_are_never_shown(world: World, out: str) -> None:
    answer = backbeat("explain", "engaged_rate", "--customers", out, *places(world))
    assert (answer.code, answer.out) == (2, "")
    assert "is there already" in answer.err
    assert "customer_id" not in answer.err


def test_a_file_that_is_there_is_left_alone(world: World, tmp_path: Path) -> None:
    out = tmp_path / "mine.txt"
    out.write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="is there already"):
        world.open().write_customers("engaged_rate", out)
    assert out.read_text("utf-8") == "mine"


def test_a_series_has_no_customers(world: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stickiness has no customers to list"):
        world.open().write_customers("stickiness", tmp_path / "who.csv")


def test_the_command_shows_no_customer(world: World) -> None:
    answer = backbeat("explain", "session_adoption_rate", *places(world))
    assert answer.code == 0, answer.err
    for part in ("Session adoption", "Made from", "silver.sessions", "sessions/2/s.parquet", "active_customers"):
        assert part in answer.out
    assert "in_numerator" in answer.out
    document = backbeat("explain", "session_adoption_rate", "--format", "json", *places(world)).json
    assert [*document][-3:] == ["exclusions", "date", "files"]
    assert document["definition"]
    assert document["denominator"]


def test_a_metric_that_is_not_there(world: World) -> None:
    answer = backbeat("explain", "engagement", *places(world))
    assert (answer.code, answer.out) == (2, "")
    assert "there is no metric 'engagement'; there are session_adoption_rate" in answer.err
