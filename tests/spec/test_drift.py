"""Schemas that drift between the files of a source: nothing stops, nothing is lost. The table of docs/explanation/drift.md."""

import json
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


def test_columns_named_like_what_an_engine_adds_are_columns(world: World) -> None:
    odd = {"file_row_number": 7, "FILE_INDEX": 1, "file_index": 5, "filename": "f", "c0": 1, "_row": 3, "_metadata": 1}
    world.write("customers/1.parquet", [{"customer_id": id, **odd} for id in "abc"])
    world.customers("a", path="customers/2.parquet")
    world.ingest()
    assert {
        row["customer_id"]: (row["_source_file"], row["_row_number"]) for row in world.read("silver.customers")
    } == {
        "a": ("customers/2.parquet", 0),
        "b": ("customers/1.parquet", 1),
        "c": ("customers/1.parquet", 2),
    }
    rescued = world.pairs("silver.customers", "customer_id", "_rescued")["b"]
    assert json.loads(rescued) == {name: str(value) for name, value in odd.items()}


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.string()])
def test_what_is_no_duration_is_rescued(world: World, kind: pa.DataType) -> None:
    played = [9_000_000_000_000, 9_000_000_000_001, -9_000_000_000_001, 2**63 - 1]
    values = [str(value) if pa.types.is_string(kind) else kind.to_pandas_dtype()(value) for value in played]
    rows = [{**EVENT, "event_id": str(n), "ms_played": value} for n, value in enumerate(values)]
    world.customers("7")
    world.write("tracks/t.parquet", [{"track_id": "t", "duration_ms": 1000}])
    world.write("events/e.parquet", rows, types={"ms_played": kind})
    world.run()
    assert [row["ms_played"] for row in world.read("silver.events")] == [played[0], None, None, None]
    assert all(world.column("silver.events where ms_played is null", "_rescued"))


EVENT = {"customer_id": "7", "event_type": "play", "track_id": "t", "occurred_at": "2025-07-02T10:30:00Z"}


def test_reordered_columns_are_the_same(world: World) -> None:
    world.write("sessions/a.parquet", [dict(USUAL, session_id="1")])
    world.write("sessions/b.parquet", [dict(reversed(dict(USUAL, session_id="2").items()))])
    world.ingest()
    one, other = world.read("silver.sessions", "customer_id, started_at, device, _rescued")
    assert one == other
