"""Schemas that drift between the files of a source: nothing stops, nothing is lost. The table of docs/explanation/drift.md."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World, later

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "drift.md"
STARTED = datetime(2025, 7, 2, 10, 30, tzinfo=UTC)
EPOCH = int(STARTED.timestamp())

USUAL = {"session_id": "2", "customer_id": "7", "started_at": "2025-07-02T10:30:00Z", "device": "web"}

DRIFTS: dict[str, tuple[dict[str, Any], dict[str, pa.DataType], dict[str, Any]]] = {
    "an optional column is missing": ({"device": ...}, {}, {"device": None}),
    "a column more": ({"mood": "blue"}, {}, {"_rescued": '{"mood":"blue"}'}),
    "other case": ({"Session_ID": "2", "session_id": ...}, {}, {}),
    "another name of the contract": ({"ts": USUAL["started_at"], "started_at": ...}, {}, {}),
    "integer keys": ({"session_id": 2, "customer_id": 7}, {"customer_id": pa.uint8()}, {}),
    "floating keys": ({"session_id": 2.0, "customer_id": 7.0}, {"customer_id": pa.float32()}, {}),
    "decimal keys": ({"session_id": Decimal("2.00"), "customer_id": Decimal(7)}, {}, {}),
    "dictionary text": ({}, {"session_id": pa.dictionary(pa.int8(), pa.string()), "device": pa.dictionary(pa.int32(), pa.string())}, {}),
    "large text": ({}, {"session_id": pa.large_string(), "started_at": pa.large_string()}, {}),
    "view text": ({}, {"session_id": pa.string_view(), "device": pa.string_view()}, {}),
    "times in seconds, as text": ({"started_at": str(EPOCH)}, {}, {}),
    "times in milliseconds, as integers": ({"started_at": EPOCH * 1000}, {}, {}),
    "times in microseconds, as doubles": ({"started_at": EPOCH * 1e6}, {}, {}),
    "times in nanoseconds": ({"started_at": STARTED}, {"started_at": pa.timestamp("ns", "Asia/Tokyo")}, {}),
    "times in milliseconds of no zone": ({"started_at": STARTED.replace(tzinfo=None)}, {"started_at": pa.timestamp("ms")}, {}),
    "dates": ({"started_at": date(2025, 7, 2)}, {}, {"started_at": datetime(2025, 7, 2, tzinfo=UTC)}),
    "booleans for text": ({"device": True}, {}, {"device": "true"}),
    "numbers for text": ({"device": 1.5}, {}, {"device": "1.5"}),
    "nested for text": ({"device": {"kind": "web", "n": 1}}, {}, {"device": None, "_rescued": '{"device":{"kind":"web","n":"1"}}'}),
    "an optional column of null type": ({"device": None}, {"device": pa.null()}, {"device": None}),
    "an unreadable optional value": ({"ended_at": "soon"}, {}, {"ended_at": None, "_rescued": '{"ended_at":"soon"}'}),
}  # fmt: skip
"""Per drift: what the row has instead of the usual (… = no such column), types, and what of the stored row differs."""


@pytest.fixture(scope="module")
def stored(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The session as each drift stores it; the newest file wins, so each in its turn."""
    world = new_world()
    world.customers("7")
    found = {}
    for number, (name, (change, types, _)) in enumerate(DRIFTS.items()):
        row = {column: value for column, value in {**USUAL, **change}.items() if value is not ...}
        world.write(f"sessions/{number}/{name}.parquet", [row], types=types, at=later(number))
        world.ingest()
        columns = "session_id, customer_id, started_at, ended_at, device, _rescued"
        (found[name],) = world.read("silver.sessions", columns)
    return found


@pytest.mark.parametrize("name", DRIFTS)
def test_nothing_is_lost_with(stored: dict[str, dict[str, Any]], name: str) -> None:
    usual = {
        "session_id": "2",
        "customer_id": "7",
        "started_at": STARTED,
        "ended_at": None,
        "device": "web",
        "_rescued": None,
    }
    assert stored[name] == usual | DRIFTS[name][2]


def test_the_page_lists_just_these() -> None:
    named = re.findall(r"^\| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert named[1:] == list(DRIFTS)


def test_reordered_columns_are_the_same(world: World) -> None:
    world.write("sessions/a.parquet", [dict(USUAL, session_id="1")])
    world.write("sessions/b.parquet", [dict(reversed(dict(USUAL, session_id="2").items()))])
    world.ingest()
    one, other = world.read("silver.sessions", "customer_id, started_at, device, _rescued")
    assert one == other
