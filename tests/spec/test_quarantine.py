"""Rows that can't be taken: with every reason that applies, as they came, and taken after a fix."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World, later

from backbeat.config import SourceConfig
from backbeat.ingest import run

pytestmark = pytest.mark.usefixtures("no_stars")

GOOD = {"session_id": "s", "customer_id": "c", "started_at": "2025-07-01T10:00:00Z"}

SESSIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no key": ({"session_id": None}, ["key_missing"]),
    "blank key": ({"session_id": " "}, ["key_missing"]),
    "no customer": ({"customer_id": None}, ["customer_missing"]),
    "blank customer": ({"customer_id": "\u3000"}, ["customer_missing"]),
    "no time": ({"started_at": None}, ["time_missing"]),
    "no such time": ({"started_at": "yesterday"}, ["time_unreadable"]),
    "a second too far ahead": ({"started_at": "2025-09-01T01:00:01Z"}, ["time_in_future"]),
    "a microsecond too far ahead": ({"started_at": "2025-09-01T01:00:00.000001Z"}, ["time_in_future"]),
    "far ahead": ({"started_at": "2099-01-01"}, ["time_in_future"]),
    "a microsecond too old": ({"started_at": "1999-12-31T23:59:59.999999Z"}, ["time_too_old"]),
    "an epoch in the wrong unit": ({"started_at": "1751364"}, ["time_too_old"]),
    "everything": ({"session_id": "", "customer_id": "", "started_at": ""}, ["key_missing", "customer_missing", "time_unreadable"]),
    "key and time": ({"session_id": None, "started_at": "2099-01-01"}, ["key_missing", "time_in_future"]),
    "customer and time": ({"customer_id": None, "started_at": None}, ["customer_missing", "time_missing"]),
}  # fmt: skip

ACCEPTED: dict[str, dict[str, Any]] = {
    "exactly an hour ahead": {"started_at": "2025-09-01T01:00:00Z"},
    "an unknown customer": {"customer_id": "nobody knows"},
    "an end that can't be read": {"ended_at": "later"},
}

OTHERS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("customers", {"customer_id": None}, ["key_missing", "customer_missing"]),
    ("tracks", {"track_id": " "}, ["key_missing"]),
    ("artists", {"artist_id": None}, ["key_missing"]),
    ("events", {"event_id": None, "customer_id": "c", "occurred_at": "2025-07-01"}, ["key_missing"]),
    ("events", {"event_id": "e1", "customer_id": None, "occurred_at": "2099-07-01"}, ["customer_missing", "time_in_future"]),
    ("events", {"event_id": "e2", "customer_id": "c", "occurred_at": "1999-07-01"}, ["time_too_old"]),
    ("subscriptions", {"customer_id": None, "effective_start_date": "2025-01-01"}, ["key_missing", "customer_missing"]),
    ("subscriptions", {"customer_id": "c", "effective_start_date": None}, ["time_missing"]),
    ("subscriptions", {"customer_id": "c", "effective_start_date": "soon"}, ["time_unreadable"]),
    ("subscriptions", {"customer_id": "c", "effective_start_date": "2025-01-01", "effective_end_date": "x"}, ["end_unreadable"]),
    ("subscriptions", {"customer_id": None, "effective_start_date": "?", "effective_end_date": "?"}, ["key_missing", "customer_missing", "time_unreadable", "end_unreadable"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """Every case beside the others; the column `note` says which one a row is."""
    world = new_world()
    world.customers("c")
    bad = [{**GOOD, "session_id": f"bad {case}", **change, "note": case} for case, (change, _) in SESSIONS.items()]
    good = [{**GOOD, "session_id": case, **change, "note": case} for case, change in ACCEPTED.items()]
    world.write("sessions/s.parquet", [*bad, *good], types={"ended_at": pa.string()})
    early = {"event_id": "at the earliest instant", "customer_id": "c", "occurred_at": "2000-01-01"}
    world.write("events/good.parquet", [early])
    for n, (source, row, _) in enumerate(OTHERS):
        world.write(f"{source}/bad-{n}.parquet", [row], types={name: pa.string() for name in row})
    world.ingest()
    return world


def test_a_source_that_went_to_quarantine_whole_is_said(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("a", "c", "never"), ("b", "", "2099-01-01"))
    assert world.run().notes[0] == (
        "all 2 rows of sessions were quarantined (customer_missing, time_in_future, time_unreadable): "
        "look with `backbeat quarantine show sessions`"
    )
    world.sessions(("c", "c", "never"), ("d", "c", "2025-07-01"), path="sessions/2.parquet")
    assert world.run().notes == ()


@pytest.mark.parametrize(("case", "reasons"), [(case, reasons) for case, (_, reasons) in SESSIONS.items()])
def test_a_bad_row_has_every_reason_that_applies(world: World, case: str, reasons: list[str]) -> None:
    found = [row for row in world.read("ops.quarantine") if json.loads(row["raw_row"]).get("note") == case]
    assert [row["reasons"] for row in found] == [reasons]
    assert case not in world.column("silver.sessions", "session_id")


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_row_at_the_edge_is_taken(world: World, case: str) -> None:
    assert case in world.column("silver.sessions", "session_id")


def test_the_earliest_instant_is_taken(world: World) -> None:
    assert world.column("silver.events", "event_id") == ["at the earliest instant"]


@pytest.mark.parametrize(
    ("n", "source", "reasons"), [(n, source, reasons) for n, (source, _, reasons) in enumerate(OTHERS)]
)
def test_the_reasons_of_other_sources(world: World, n: int, source: str, reasons: list[str]) -> None:
    path = f"{source}/bad-{n}.parquet"
    found = [row for row in world.read("ops.quarantine") if row["source_file"] == path]
    assert [(row["source"], row["reasons"], row["row_number"], row["status"]) for row in found] == [
        (source, reasons, 0, "open")
    ]


def test_sign_ups_and_starts_out_of_range_are_kept(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c", signup_date="1900-01-01")
    subscriptions = [{"customer_id": "c", "effective_start_date": text} for text in ("1900-01-01", "2150-01-01")]
    world.write("subscriptions/s.parquet", subscriptions)
    world.ingest()
    assert [at.year for at in world.column("silver.customers", "signed_up_at")] == [1900]
    assert [at.year for at in world.column("silver.subscriptions", "effective_start_at")] == [1900, 2150]


RAW = {
    "session_id": (pa.string(), None, None),
    "customer_id": (pa.int64(), 7, "7"),
    "started_at": (pa.timestamp("us", "UTC"), 1751365800500000, "2025-07-01T10:30:00.500000Z"),
    "naive": (pa.timestamp("ms"), 1751365800000, "2025-07-01T10:30:00"),
    "nanoseconds": (pa.timestamp("ns"), 1751365800999999999, "2025-07-01T10:30:00.999999999"),
    "day": (pa.date32(), date(2025, 7, 1), "2025-07-01"),
    "whole": (pa.float64(), 1e6, "1000000"),
    "fraction": (pa.float64(), 0.25, "0.25"),
    "not a number": (pa.float64(), float("nan"), "NaN"),
    "flag": (pa.bool_(), False, "false"),
    "bytes": (pa.binary(), b"\x00\xff", "00ff"),
    "nested": (pa.struct({"a": pa.list_(pa.float64())}), {"a": [1.0, None]}, {"a": ["1", None]}),
    "no number within": (pa.struct({"a": pa.float64()}), {"a": float("nan")}, {"a": "NaN"}),
    "a large number within": (pa.struct({"a": pa.float32()}), {"a": 2.0**100}, {"a": str(2**100)}),
    "the first time": (pa.timestamp("us"), -(2**63), str(-(2**63))),
    "the first instant": (pa.timestamp("us", "UTC"), -(2**63), str(-(2**63))),
    "the last time": (pa.timestamp("us"), 2**63 - 1, "infinity"),
    "the last nanosecond": (pa.timestamp("ns"), 2**63 - 1, "infinity"),
    "the last day": (pa.date32(), 2**31 - 2, "5881580-07-10"),
    "quote ' \" \\": (pa.string(), "line\nfeed\t\"q\" \\ \u0001 ☃", "line\nfeed\t\"q\" \\ \u0001 ☃"),
    "nothing": (pa.null(), None, None),
}  # fmt: skip


def test_a_raw_row_is_strict_json_of_every_column_in_file_order(new_world: Callable[..., World]) -> None:
    world = new_world()
    row = {name: value for name, (_, value, _) in RAW.items()}
    world.write("sessions/s.parquet", [row], types={name: kind for name, (kind, _, _) in RAW.items()})
    world.ingest()
    text = world.column("ops.quarantine", "raw_row")[0]
    assert list(json.loads(text).items()) == [(name, form) for name, (_, _, form) in RAW.items()]
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def test_row_numbers_begin_at_0_and_say_where_a_row_lies(new_world: Callable[..., World]) -> None:
    world = new_world()
    rows = [{**GOOD, "session_id": None if n in (3, 2500) else f"{n}"} for n in range(3000)]
    world.write("sessions/s.parquet", rows, row_group_size=1000)
    world.ingest()
    assert world.column("ops.quarantine", "row_number") == [3, 2500]
    assert world.sql("select count(*) as n from silver.sessions where session_id <> cast(_row_number as varchar)") == [
        {"n": 0}
    ]


def test_list_counts_by_source_reason_and_status(world: World) -> None:
    found = {(row["source"], row["reason"]): row["rows"] for row in world.open().quarantine()}
    assert found["sessions", "key_missing"] == 4
    assert found["sessions", "time_in_future"] == 4
    assert found["subscriptions", "end_unreadable"] == 2


def test_show_gives_rows_as_they_came(world: World) -> None:
    (row,) = world.open().quarantined_rows("artists")
    assert (row["reasons"], row["raw_row"], row["source_file"]) == (
        ["key_missing"],
        '{"artist_id":null}',
        "artists/bad-2.parquet",
    )
    assert len(world.open().quarantined_rows("sessions", "time_too_old")) == 2
    assert len(world.open().quarantined_rows(limit=3)) == 3


def test_replay_takes_rows_that_pass_after_the_rule_changed(new_world: Callable[..., World]) -> None:
    world = _world_of_old_sessions(new_world)
    assert world.open().replay() == 0
    assert world.open(earliest="2025-05-01").replay() == 1
    assert world.column("silver.sessions", "session_id") == ["2025-05", "2025-07"]
    statuses = world.pairs("ops.quarantine", "json_extract_string(raw_row, '$.session_id')", "status")
    assert statuses == {"2025-04": "open", "2025-05": "replayed"}
    assert world.open(earliest="2025-05-01").replay() == 0
    waiting = {row["source"]: row["rows_in_quarantine"] for row in world.open().status().sources}
    assert waiting["sessions"] == 1


def test_a_replayed_row_is_as_if_it_had_come_with_its_file(new_world: Callable[..., World]) -> None:
    world = _world_of_old_sessions(new_world)
    world.open(earliest="2025-05-01").replay()
    once = new_world(earliest="2025-05-01")
    _write_old_sessions(once)
    once.run()
    columns = "* exclude (_batch_id, _ingested_at)"
    assert world.read("silver.sessions", columns) == once.read("silver.sessions", columns)
    assert world.read("gold.customer_day") == once.read("gold.customer_day")


def test_replay_after_a_mapping_fix(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    rows = [{**GOOD, "started_at": "?", "begin": 1751365800000, "visit": 5.0}]
    world.write("sessions/s.parquet", rows)
    world.run()
    assert world.column("silver.sessions", "session_id") == []
    mapped = {"sessions": SourceConfig(columns={"started_at": "begin", "session_id": "visit"})}
    assert world.open(sources=mapped).replay("sessions") == 1
    row = world.read("silver.sessions")[0]
    assert (row["session_id"], row["started_at"].minute, row["_row_number"], row["_source_file"]) == (
        "5",
        30,
        0,
        "sessions/s.parquet",
    )
    assert json.loads(row["_rescued"]) == {"session_id": "s", "started_at": "?"}
    assert world.failures() == []


def test_a_replay_knows_what_was_nested(new_world: Callable[..., World]) -> None:
    """As a file whose column is nested, read anew, and unlike one whose column is text that looks so."""
    bad = {"customer_id": "c", "ts": None, "begin": "2025-07-01T10:00:00Z"}
    devices = [{"a": 1}, {"a": 2, "it's~/": 3}, ["x"], '{"a":"1"}']
    mapped = {"sessions": SourceConfig(columns={"started_at": "begin"})}
    worlds = new_world(), new_world(sources=mapped)
    for world in worlds:
        world.customers("c")
        for n, device in enumerate(devices):
            row = {"session_id": f"s{n}", **bad, "device": device, "end_time": device}
            world.write(f"sessions/{n}.parquet", [row], types={"ts": pa.string()})
        world.run()
    assert worlds[0].open(sources=mapped).replay("sessions") == len(devices)
    columns = "* exclude (_batch_id, _ingested_at)"
    replayed = worlds[0].read("silver.sessions", columns)
    assert replayed == worlds[1].read("silver.sessions", columns)
    assert [row["device"] for row in replayed] == [None, None, None, '{"a":"1"}']
    assert json.loads(replayed[1]["_rescued"])["device"] == {"a": "2", "it's~/": "3"}


def test_two_contents_of_a_file_are_replayed_as_two(new_world: Callable[..., World]) -> None:
    world = new_world(earliest="2025-06-01")
    world.customers("c")
    for n, device in enumerate(("old", "new")):
        world.write("sessions/a.parquet", [{**GOOD, "started_at": "2025-05-01", "device": device}], at=later(n))
        world.run()
    assert world.open(earliest="2025-05-01").replay() == 2
    assert world.column("silver.sessions", "device") == ["new"]


def test_a_number_that_is_none_is_no_id_when_replayed(new_world: Callable[..., World]) -> None:
    world = new_world()
    none = [float("nan"), float("inf"), float("-inf")]
    world.write("sessions/s.parquet", [{**GOOD, "session_id": str(n), "customer_id": id} for n, id in enumerate(none)])
    world.run()
    assert world.open().replay() == 0


def test_a_replayed_row_has_the_sequence_of_its_file(new_world: Callable[..., World]) -> None:
    world = new_world(earliest="2025-06-01", sources={"sessions": SourceConfig(sequence_by="version")})
    world.customers("c")
    world.write("sessions/a.parquet", [{**GOOD, "started_at": "2025-05-01", "device": "old", "version": 1}])
    world.write("sessions/b.parquet", [{**GOOD, "device": "new", "version": 2}])
    world.run()
    assert world.open(earliest="2025-05-01").replay() == 1
    assert world.column("silver.sessions", "device") == ["new"]


def test_a_replayed_row_may_lose_against_a_later_one(new_world: Callable[..., World]) -> None:
    world = new_world(earliest="2025-06-01")
    world.customers("c")
    world.write("sessions/a.parquet", [{**GOOD, "started_at": "2025-05-01", "device": "old"}])
    world.write("sessions/b.parquet", [{**GOOD, "started_at": "2025-07-01", "device": "new"}], at=later(1))
    world.run()
    world.open(earliest="2025-05-01").replay()
    assert world.column("silver.sessions", "device") == ["new"]
    assert world.column("ops.quarantine", "status") == ["replayed"]
    assert world.failures() == []


def _world_of_old_sessions(new_world: Callable[..., World]) -> World:
    world = new_world(earliest="2025-06-01")
    _write_old_sessions(world)
    world.run()
    return world


def _write_old_sessions(world: World) -> None:
    world.customers("c")
    months = ("2025-04", "2025-05", "2025-07")
    world.write("sessions/s.parquet", [{**GOOD, "session_id": month, "started_at": f"{month}-15"} for month in months])


def test_a_replay_finishes_first_what_a_run_had_planned(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("early", "c", "2025-09-01T01:30:00Z"))
    world.run()
    world.sessions(("b", "c", "2025-07-01"), path="sessions/2.parquet")
    with monkeypatch.context() as patch:
        patch.setattr(run, "_carry_out", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.run()
    assert world.open(max_future="2h").replay() == 1
    assert sorted(world.column("silver.sessions", "session_id")) == ["b", "early"]
