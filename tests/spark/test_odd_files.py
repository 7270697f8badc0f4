"""Raw files that Spark and DuckDB might read differently: the same rows, or a rejection of that file alone."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World
from tests.spark.parity import NOW
from tests.spark.small import SPARK

from backbeat.config import Config, SourceConfig
from backbeat.engines import open_engine
from backbeat.ingest.quarantine import replay

AT = datetime(2025, 7, 1, 1, 2, 3, 456789)
SESSION = {"customer_id": "a", "started_at": "2025-07-01T10:00:00Z"}
START = {"customer_id": "a", "effective_start_date": "2025-01-01"}

READ: dict[str, tuple[dict[str, Any], dict[str, pa.DataType], dict[str, Any]]] = {
    "INT96 in a struct": ({"x": {"at": AT, "n": 1}}, {"x": pa.struct([("at", pa.timestamp("ns")), ("n", pa.int64())])}, {"use_deprecated_int96_timestamps": True}),
    "INT96 in a list": ({"x": [AT, None]}, {"x": pa.list_(pa.timestamp("ns"))}, {"use_deprecated_int96_timestamps": True}),
    "a duration": ({"device": 5}, {"device": pa.duration("us")}, {}),
    "bytes as a view": ({"x": b"ab"}, {"x": pa.binary_view()}, {}),
    "small floats": ({"x": 1e-100, "y": 1e-10, "z": -2.5e-9}, {}, {}),
    "names that Spark would fill in": ({"${amount}": "v", "${spark.app.name}": "w"}, {}, {}),
    "names of lineage": ({"_metadata": 1, "_path": "p", "_row": 2, "file_row_number": 7, "file_index": 8}, {}, {}),
    "names and values in quotes": ({"it's": "a'b", "b\\s": "\\", 'd"q': '"'}, {}, {}),
    "the least integer": ({"started_at": -(2**63)}, {"started_at": pa.int64()}, {}),
    "floats in a struct": ({"x": {"a": float("nan"), "b": -float("inf"), "c": 1e20}}, {}, {}),
    "JSON": ({"device": '{"a":1}', "x": '{"a":1}'}, {"device": pa.json_(), "x": pa.json_()}, {}),
}  # fmt: skip
"""Per file: its columns beside the key, their types, how it is written."""

ENDS = [
    "9999-12-31 23:59:59",
    "9999-12-31T23:59:59-05:00",
    "9999-12-31T99:59",
    "9999-12-31T00:00:00Z",
    "9999-12-31T00:00:00+14:00",
    "2025-09-07",
    "2025-11-02T00:30:00",
]
PLAYED = [9_000_000_000_000, 9_000_000_000_001, 9e12, 9e12 + 1, "9000000000001"]
SEQUENCES = [None, True, [2], float("nan"), "10", "1e400", "x", date(2025, 1, 1), AT, b"x"]


def fill(world: World) -> World:
    """Files of every kind above."""
    for name, (columns, types, options) in READ.items():
        rows = [{"session_id": name, **SESSION, **columns}]
        world.write(f"sessions/{name}.parquet", rows, types=types, **options)
    for n, end in enumerate(ENDS):
        world.write(f"subscriptions/{n}.parquet", [{**START, "subscription_id": str(n), "effective_end_date": end}])
    for n, played in enumerate(PLAYED):
        event = {"customer_id": "a", "event_type": "play", "occurred_at": "2025-07-01", "ms_played": played}
        world.write(f"events/{n}.parquet", [{"event_id": str(n), **event}])
    for n, value in enumerate(SEQUENCES):
        world.write(f"artists/{n}.parquet", [{"artist_id": str(n), "version": value}])
    return world


@pytest.mark.long
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_odd_files_are_the_same_rows(new_world: Callable[..., World], zone: str) -> None:
    settings = {"now": NOW, "timezone": zone, "sources": {"artists": SourceConfig(sequence_by="version")}}
    one, other = fill(new_world(**settings)), fill(new_world(**settings))
    other.raw = other.raw / ".." / "raw"
    one.ingest()
    other.ingest(engine="spark", spark=SPARK)
    for source in ("sessions", "subscriptions", "events", "artists"):
        columns = "* exclude (_batch_id, _ingested_at)"
        assert other.read(f"silver.{source}", columns) == one.read(f"silver.{source}", columns)
    columns = "* exclude (batch_id, quarantined_at)"
    assert other.read("ops.quarantine", columns) == one.read("ops.quarantine", columns)
    states = "path, state, rows, reason"
    assert other.read("ops.files", states) == one.read("ops.files", states)


def extremes() -> dict[str, pa.Array]:
    """The first and the last of what times and days can be, which no calendar has."""
    kinds = {"day": pa.date32(), "time": pa.timestamp("us"), "instant": pa.timestamp("us", "UTC")}
    ends = {name: 2 ** (kind.bit_width - 1) for name, kind in kinds.items()}
    return {
        f"{name} {n}": pa.array([value]).cast(pa.int32() if name == "day" else pa.int64()).view(kinds[name])
        for name, end in ends.items()
        for n, value in enumerate((-end, -end + 1, end - 2, end - 1))
    }


def test_times_that_no_calendar_has_are_bad_rows(new_world: Callable[..., World]) -> None:
    zone = "America/New_York"
    one, other = new_world(now=NOW, timezone=zone), new_world(now=NOW, timezone=zone)
    for world, engine in ((one, {}), (other, {"engine": "spark", "spark": SPARK})):
        for name, value in extremes().items():
            table = pa.table({"session_id": [name], "customer_id": ["a"], "started_at": value, "x": value})
            world.write_table(f"sessions/{name}.parquet", table)
            world.write_table(f"customers/{name}.parquet", pa.table({"customer_id": [name], "signup_date": value}))
        world.ingest(**engine)
    assert len(one.read("ops.quarantine")) == len(one.read("silver.customers")) == len(extremes())
    reasons = "source_file, reasons"
    assert other.read("ops.quarantine", reasons) == one.read("ops.quarantine", reasons)
    assert other.column("silver.customers", "customer_id") == one.column("silver.customers", "customer_id")


def test_a_replay_takes_rows_of_several_batches(new_world: Callable[..., World]) -> None:
    """Each batch's quarantined rows lie in a folder of their own, and some columns hold objects."""
    one, other = new_world(now=NOW), new_world(now=NOW)
    mapped = {"sessions": SourceConfig(columns={"started_at": "begin"})}
    for world, engine in ((one, {}), (other, {"engine": "spark", "spark": SPARK})):
        for n, device in enumerate(({"a": 1}, '{"a":"1"}')):
            row = {"session_id": str(n), "customer_id": "a", "started_at": "?", "begin": SESSION["started_at"]}
            world.write(f"sessions/{n}.parquet", [{**row, "device": device}])
            world.ingest(**engine)
        batch = replay(world.open(sources=mapped, **engine).house, "sessions")
        assert batch and batch.rows_accepted == 2
    columns = "* exclude (_batch_id, _ingested_at)"
    assert other.read("silver.sessions", columns) == one.read("silver.sessions", columns)
    assert other.column("ops.quarantine", "status") == ["replayed", "replayed"]


def test_what_spark_can_t_read_is_rejected_alone(world: World) -> None:
    latin = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xe9")])
    for name, columns in {
        "Latin-1": {"device": latin},
        "a time of day": {"x": pa.array([time(7)])},
        "another time of day": {"x": pa.array([7], pa.time32("ms"))},
        "a half float": {"x": pa.array([1.5], pa.float16())},
        "a UUID": {"x": pa.array([b"x" * 16], pa.uuid())},
        "very many digits": {"x": pa.array([Decimal(10) ** 45], pa.decimal256(50, 0))},
        "fine": {"device": ["web"]},
    }.items():
        plain = {column: [value] for column, value in {"session_id": name, **SESSION}.items()}
        world.write_table(f"sessions/{name}.parquet", pa.table({**plain, **columns}))
    world.ingest(engine="spark", spark=SPARK)
    assert world.column("silver.sessions", "session_id") == ["fine"]
    assert len(world.read("ops.files where state = 'rejected'")) == 6


def test_settings_of_somebody_else_s_session_change_nothing() -> None:
    session = open_engine(Config(engine="spark", spark=SPARK)).session  # type: ignore[attr-defined]
    theirs = {
        "spark.sql.ansi.enabled": "false",
        "spark.sql.files.ignoreCorruptFiles": "true",
        "spark.sql.legacy.timeParserPolicy": "LEGACY",
        "spark.sql.parser.escapedStringLiterals": "true",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }
    for name, value in theirs.items():
        session.conf.set(name, value)
    open_engine(Config(engine="spark", spark=SPARK))
    assert [name for name, value in theirs.items() if session.conf.get(name) == value] == []
