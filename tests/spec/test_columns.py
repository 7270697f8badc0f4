"""Which raw column fills a column of the contract, and what becomes of the others and of what can't be read."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World, utc

from backbeat.config import SourceConfig

CASES: dict[str, tuple[list[str], str]] = {
    "the first name in order of preference": (["ts", "start_time", "session_start"], "session_start"),
    "the contract's own name before all others": (["start_timestamp", "started_at"], "started_at"),
    "any name that is there": (["timestamp"], "timestamp"),
    "another case": (["Start_Time"], "Start_Time"),
    "exact case before other case": (["START_TIME", "start_time"], "start_time"),
    "a preferred name in another case before a less preferred one": (["ts", "STARTED_AT"], "STARTED_AT"),
    "the leftmost of equal names": (["Start_Time", "START_TIME"], "Start_Time"),
}


@pytest.fixture(scope="module")
def chosen(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The silver session of each case: the n-th raw column of the file says the n-th of July."""
    world = new_world()
    world.customers("c")
    for n, (case, (names, _)) in enumerate(CASES.items()):
        times = {name: f"2025-07-{day:02}" for day, name in enumerate(names, 1)}
        world.write(f"sessions/{n}.parquet", [{"session_id": case, "customer_id": "c", **times}])
    world.ingest()
    return {row["session_id"]: row for row in world.read("silver.sessions")}


@pytest.mark.parametrize(("case", "names", "taken"), [(case, *expected) for case, expected in CASES.items()])
def test_the_column_taken_is(chosen: dict[str, dict[str, Any]], case: str, names: list[str], taken: str) -> None:
    assert chosen[case]["started_at"].day == names.index(taken) + 1


@pytest.mark.parametrize(("case", "names", "taken"), [(case, *expected) for case, expected in CASES.items()])
def test_the_others_are_rescued_under_their_raw_names(chosen: Any, case: str, names: list[str], taken: str) -> None:
    others = {name: f"2025-07-{day:02}" for day, name in enumerate(names, 1) if name != taken}
    assert json.loads(chosen[case]["_rescued"] or "{}") == others


ALTERNATIVES = [
    ("customers", "signed_up_at", ["signup_date", "registration_ts", "registered_at", "created_at"]),
    ("customers", "country", ["country", "location"]),
    ("sessions", "started_at", ["started_at", "start_timestamp", "session_start", "start_time", "session_ts", "ts", "timestamp"]),
    ("sessions", "ended_at", ["ended_at", "end_timestamp", "session_end", "end_time"]),
    ("events", "occurred_at", ["occurred_at", "event_timestamp"]),
    ("tracks", "duration_ms", ["duration_ms", "duration_s"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "column", "names"), ALTERNATIVES)
def test_every_name_of_the_contract_is_known(source: str, column: str, names: list[str]) -> None:
    from backbeat import content

    assert list(content.sources()[source].raw_names(column))[: len(names)] == names


def test_a_mapping_in_the_configuration_comes_first(new_world: Callable[..., World]) -> None:
    mapping = SourceConfig(columns={"started_at": "begin", "session_id": "visit"})
    world = new_world(sources={"sessions": mapping})
    world.customers("c")
    world.write(
        "sessions/mapped.parquet", [{"visit": "v", "customer_id": "c", "begin": "2025-07-01", "ts": "2025-07-02"}]
    )
    world.write("sessions/usual.parquet", [{"session_id": "u", "customer_id": "c", "ts": "2025-07-02"}])
    world.ingest()
    assert world.pairs("silver.sessions", "session_id", "started_at") == {
        "v": utc("2025-07-01 00:00"),
        "u": utc("2025-07-02 00:00"),
    }
    assert world.pairs("silver.sessions", "session_id", "_rescued") == {"v": '{"ts":"2025-07-02"}', "u": None}


RESCUED: dict[str, tuple[pa.DataType, Any, Any]] = {
    "text": (pa.string(), "as it is ", "as it is "),
    "integer": (pa.int64(), 1200, "1200"),
    "whole float": (pa.float64(), 1e20, "100000000000000000000"),
    "float": (pa.float64(), 0.1, "0.1"),
    "decimal": (pa.decimal128(9, 2), Decimal("7.50"), "7.5"),
    "yes": (pa.bool_(), True, "true"),
    "day": (pa.date32(), date(2025, 7, 1), "2025-07-01"),
    "instant": (pa.timestamp("us", "UTC"), utc("2025-07-01 10:30"), "2025-07-01T10:30:00Z"),
    "half a second": (pa.timestamp("us"), utc("2025-07-01 10:30:00.500").replace(tzinfo=None), "2025-07-01T10:30:00.500000"),
    "bytes": (pa.binary(), b"\xca\xfe", "cafe"),
    "list": (pa.list_(pa.int64()), [1, None, 3], ["1", None, "3"]),
    "struct": (pa.struct({"a": pa.int64(), "b": pa.list_(pa.string())}), {"a": 1, "b": ["x"]}, {"a": "1", "b": ["x"]}),
    "struct in list": (pa.list_(pa.struct({"a": pa.bool_()})), [{"a": False}], [{"a": "false"}]),
    'quote " and \\': (pa.string(), 'a "b" \\ \n ü', 'a "b" \\ \n ü'),
    "it's": (pa.int32(), 1, "1"),
    "Ünïcode": (pa.string(), "☃", "☃"),
    "missing": (pa.string(), None, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def rescued(new_world: Callable[..., World]) -> dict[str, Any]:
    """`_rescued` of a customer with one unknown column of each kind."""
    world = new_world()
    row = {"customer_id": "c", **{name: value for name, (_, value, _) in RESCUED.items()}}
    world.write(
        "customers/c.parquet", [row], types={"customer_id": pa.string()} | {n: k for n, (k, _, _) in RESCUED.items()}
    )
    world.ingest()
    return dict(json.loads(world.column("silver.customers", "_rescued")[0]))


@pytest.mark.parametrize("name", [name for name in RESCUED if name != "missing"])
def test_an_unknown_column_is_rescued_in_its_text_form(rescued: dict[str, Any], name: str) -> None:
    assert rescued[name] == RESCUED[name][2]


def test_rescued_columns_keep_the_file_s_order_and_leave_nulls_out(rescued: dict[str, Any]) -> None:
    assert list(rescued) == [name for name in RESCUED if name != "missing"]


OPTIONAL: list[tuple[str, str, Any, Any]] = [
    ("ms_played", "12345", 12345, None),
    ("ms_played", " 12345 ", 12345, None),
    ("ms_played", "+1.5e3", 1500, None),
    ("ms_played", "29999.5", 30000, None),
    ("ms_played", "29999.49", 29999, None),
    ("ms_played", "-0.5", 0, None),
    ("ms_played", "12,345", None, "12,345"),
    ("ms_played", "1_000", None, "1_000"),
    ("ms_played", "0x10", None, "0x10"),
    ("ms_played", ".5", None, ".5"),
    ("ms_played", "NaN", None, "NaN"),
    ("ms_played", "1e400", None, "1e400"),
    ("ms_played", "", None, ""),
    ("ms_played", "long", None, "long"),
]


@pytest.fixture(scope="module")
def events(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The silver event of each text of `ms_played`."""
    world = new_world()
    world.customers("c")
    event = {"customer_id": "c", "event_type": "play", "occurred_at": "2025-07-01"}
    world.write(
        "events/e.parquet", [{"event_id": f"<{text}>", "ms_played": text, **event} for _, text, _, _ in OPTIONAL]
    )
    world.ingest()
    return {row["event_id"]: row for row in world.read("silver.events")}


@pytest.mark.parametrize(("column", "text", "value", "original"), OPTIONAL)
def test_an_optional_value_that_cannot_be_read_is_null_and_rescued(
    events: dict[str, dict[str, Any]], column: str, text: str, value: Any, original: str | None
) -> None:
    found = events[f"<{text}>"]
    assert (found[column], json.loads(found["_rescued"] or "{}").get(column)) == (value, original)


def test_optional_columns_of_any_type(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.write("customers/c.parquet", [{"customer_id": "c", "country": 49, "gender": True, "signup_date": [2025]}])
    world.write("customers/n.parquet", [{"customer_id": "n", "country": None}], types={"country": pa.null()})
    world.write(
        "tracks/t.parquet",
        [
            {"track_id": "seconds", "duration_s": 215.0005, "genre": 1.0},
            {"track_id": "none", "duration_s": float("nan")},
        ],
    )
    world.write("tracks/both.parquet", [{"track_id": "both", "duration_s": 1, "duration_ms": 999}])
    world.write("tracks/text.parquet", [{"track_id": "text", "duration_s": "0.0005"}])
    world.ingest()
    assert world.read("silver.customers", "customer_id, country, gender, signed_up_at, _rescued") == [
        {
            "customer_id": "c",
            "country": "49",
            "gender": "true",
            "signed_up_at": None,
            "_rescued": '{"signup_date":["2025"]}',
        },
        {"customer_id": "n", "country": None, "gender": None, "signed_up_at": None, "_rescued": None},
    ]
    assert world.pairs("silver.tracks", "track_id", "duration_ms") == {
        "seconds": 215001,
        "none": None,
        "both": 999,
        "text": 1,
    }
    assert world.pairs("silver.tracks", "track_id", "_rescued") == {
        "seconds": None,
        "none": '{"duration_s":"NaN"}',
        "both": '{"duration_s":"1"}',
        "text": None,
    }


def test_partition_folders_are_a_path_and_never_columns(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c", path="customers/country=SE/c.parquet")
    world.sessions(("s", "c", "2025-07-01"), path="sessions/device=phone/2025/07/s.parquet")
    world.ingest()
    assert world.column("silver.customers", "country") == [None]
    assert world.read("silver.sessions", "device, _source_file") == [
        {"device": None, "_source_file": "sessions/device=phone/2025/07/s.parquet"}
    ]


def test_text_other_than_ids_is_kept_as_written(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.write("customers/c.parquet", [{"customer_id": "c", "country": " SE ", "gender": ""}])
    world.ingest()
    assert world.read("silver.customers", "country, gender") == [{"country": " SE ", "gender": ""}]
