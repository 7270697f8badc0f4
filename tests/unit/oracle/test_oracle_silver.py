"""Which files and rows become silver, and what becomes of the rest."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
from tests.oracle import Counts


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_files_of_a_source(raw) -> None:
    people = {"customer_id": ["a"]}
    for path in ("customers/day=1/a.PARQUET", "customers/_part=1/b.parquet", "customers.parquet", "dates/c.parquet"):
        raw.write(path, people)
    for path in ("customers/_tmp/d.parquet", "customers/.e=1/f.parquet", "customers/_g=1.parquet", "customers/h.parq"):
        raw.write(path, people)
    (raw.root / "customers/link").symlink_to(raw.root / "dates")
    world = raw.read()
    assert [file.path for file in world.files] == [
        "customers.parquet",
        "customers/_part=1/b.parquet",
        "customers/day=1/a.PARQUET",
    ]
    assert world.hidden_files == 3
    assert world.exit_code == 3


def test_a_folder_may_be_called_like_a_file(raw) -> None:
    raw.write("sessions.parquet/part-0.parquet", {"session_id": ["s"], "customer_id": ["a"], "ts": [1_700_000_000]})
    assert [row["_source_file"] for row in raw.read().silver["sessions"]] == ["sessions.parquet/part-0.parquet"]


def test_rejected_files(raw) -> None:
    raw.write("customers/no_key.parquet", {"name": ["a"]})
    raw.write("customers/bad_key.parquet", {"customer_id": [True]})
    raw.write("customers/empty.parquet", {"customer_id": pa.array([], pa.string())})
    (raw.root / "customers/broken.parquet").write_bytes(b"PAR1 and no more")
    states = {file.path: (file.state, file.rows) for file in raw.read().files}
    assert states == {
        "customers/bad_key.parquet": ("rejected", None),
        "customers/broken.parquet": ("rejected", None),
        "customers/empty.parquet": ("taken", 0),
        "customers/no_key.parquet": ("rejected", None),
    }


def test_columns_by_preference_then_case_then_place(raw) -> None:
    raw.write(
        "customers.parquet",
        pa.table(
            [["a"], ["se"], ["SE"], ["x"], ["2024-01-02"], ["2023-01-01"], [None]],
            ["CUSTOMER_ID", "Country", "COUNTRY", "location", "registration_ts", "created_at", "gender"],
        ),
    )
    [row] = raw.read().silver["customers"]
    assert (row["customer_id"], row["country"], row["gender"]) == ("a", "se", None)
    assert row["signed_up_at"] == utc(2024, 1, 2)
    assert row["_rescued"] == '{"COUNTRY":"SE","location":"x","created_at":"2023-01-01"}'


def test_mapped_names(raw) -> None:
    raw.write("tracks.parquet", {"id": [1], "length": [1.5], "duration_ms": [9]})
    mapping = {"tracks": {"track_id": "id", "duration_s": "length"}}
    [row] = raw.read(mapping=mapping).silver["tracks"]
    assert (row["track_id"], row["duration_ms"], row["_rescued"]) == ("1", 1500, '{"duration_ms":"9"}')


def test_unreadable_optional_values_are_rescued(raw) -> None:
    raw.write(
        "customers.parquet", {"customer_id": ["a", "b"], "signup_date": ["soon", "2024-01-01"], "gender": [b"x", None]}
    )
    first, second = raw.read().silver["customers"]
    assert (first["signed_up_at"], first["gender"]) == (None, None)
    assert first["_rescued"] == '{"signup_date":"soon","gender":"78"}'
    assert second["_rescued"] is None


def test_quarantine_with_every_reason(raw) -> None:
    names = "session_id customer_id started_at"
    arrived = "2024-06-01T00:00:00Z"
    raw.rows(
        "sessions.parquet",
        names,
        ("s0", "a", "2024-06-01T01:00:00"),
        (" ", None, None),
        ("s2", "a", "2024-06-01T01:00:00.000001"),
        ("s3", "", "1999-12-31T23:59:59"),
        ("s4", "a", "yesterday"),
        ("s5", "a", "2000-01-01"),
        arrived=arrived,
    )
    raw.rows("subscriptions.parquet", "customer_id effective_start_date effective_end_date", (None, "x", "y"))
    world = raw.read()
    assert [(bad.source, bad.row_number, bad.reasons) for bad in world.quarantine] == [
        ("subscriptions", 0, ("key_missing", "customer_missing", "time_unreadable", "end_unreadable")),
        ("sessions", 1, ("key_missing", "customer_missing", "time_missing")),
        ("sessions", 2, ("time_in_future",)),
        ("sessions", 3, ("customer_missing", "time_too_old")),
        ("sessions", 4, ("time_unreadable",)),
    ]
    assert world.quarantine[1].raw_row == '{"session_id":" ","customer_id":null,"started_at":null}'
    assert world.counts["sessions"] == Counts(6, 2, 4, 0)


def test_a_column_of_nulls_quarantines_its_rows(raw) -> None:
    raw.write("customers.parquet", {"customer_id": pa.nulls(2)})
    assert [bad.reasons for bad in raw.read().quarantine] == [("key_missing", "customer_missing")] * 2


def test_the_last_row_of_a_key_wins(raw) -> None:
    raw.rows("customers/a.parquet", "customer_id country", (1, "early"), (1, "late row"), (2, "late row"))
    raw.rows("customers/b.parquet", "customer_id country", ("1", "later path"))
    raw.rows("customers/0.parquet", "customer_id country", (2.0, "later file"), arrived="2024-06-01T00:00:00.001Z")
    world = raw.read()
    assert {row["customer_id"]: row["country"] for row in world.silver["customers"]} == {
        "1": "later path",
        "2": "later file",
    }
    assert world.counts["customers"] == Counts(5, 2, 0, 3)


def test_a_sequence_goes_before_the_file(raw) -> None:
    raw.rows("customers/a.parquet", "customer_id country version", ("1", "new", 2))
    raw.rows("customers/b.parquet", "customer_id country version", ("1", "old", 1), arrived="2024-06-02T00:00:00Z")
    [row] = raw.read(sequence_by={"customers": "version"}).silver["customers"]
    assert (row["country"], row["_sequence"], row["_rescued"]) == ("new", 2, None)


def test_subscriptions_of_one_start_and_two_ids_are_two(raw) -> None:
    names = "customer_id effective_start_date subscription_id effective_end_date"
    start = date(2024, 1, 1)
    raw.rows("subscriptions.parquet", names, ("a", start, "x", None), ("a", start, "y", None), ("a", start, "y", start))
    rows = raw.read().silver["subscriptions"]
    assert [(row["subscription_id"], row["effective_end_at"]) for row in rows] == [
        ("x", None),
        ("y", utc(2024, 1, 1, 23, 59, 59, 999999)),
    ]


def test_int96_and_nanoseconds_are_cut_toward_the_past(raw) -> None:
    nanos = pa.array([1_700_000_000_123_456_789, -1], pa.timestamp("ns"))
    table = pa.table({"customer_id": ["a", "b"], "signup_date": nanos, "other": nanos})
    raw.write("customers/plain.parquet", table)
    renamed = table.set_column(0, "customer_id", pa.array(["c", "d"]))
    raw.write("customers/int96.parquet", renamed, use_deprecated_int96_timestamps=True)
    rows = {row["customer_id"]: row for row in raw.read(timezone="Europe/Stockholm").silver["customers"]}
    utc_wall = utc(2023, 11, 14, 22, 13, 20, 123456)
    assert rows["a"]["signed_up_at"] == utc_wall - timedelta(hours=1)
    assert rows["c"]["signed_up_at"] == utc_wall
    assert rows["d"]["signed_up_at"] == utc(1969, 12, 31, 23, 59, 59, 999999)
    assert rows["a"]["_rescued"] == '{"other":"2023-11-14T22:13:20.123456"}'
    assert rows["c"]["_rescued"] == '{"other":"2023-11-14T22:13:20.123456Z"}'


def test_an_int96_of_the_year_9999_is_read(raw) -> None:
    far = pa.array([datetime(9999, 12, 31)], pa.timestamp("us"))
    table = pa.table({"customer_id": ["a"], "effective_start_date": ["2024-01-01"], "effective_end_date": far})
    raw.write("subscriptions.parquet", table, use_deprecated_int96_timestamps=True)
    [row] = raw.read().silver["subscriptions"]
    assert row["effective_end_at"] is None


def test_nested_and_odd_types_in_a_raw_row(raw) -> None:
    table = pa.table(
        {
            "customer_id": [None],
            "tags": [["a", None]],
            "size": [{"n": 1.0, "at": date(2024, 1, 1)}],
            "price": [Decimal("1.50")],
        }
    )
    raw.write("customers.parquet", table)
    [bad] = raw.read().quarantine
    assert bad.raw_row == '{"customer_id":null,"tags":["a",null],"size":{"n":"1","at":"2024-01-01"},"price":"1.5"}'


def test_session_dates_are_the_lakes(raw) -> None:
    raw.rows("sessions.parquet", "session_id customer_id started_at", ("s", "a", "2024-01-01T23:30:00Z"))
    [row] = raw.read(timezone="Europe/Stockholm").silver["sessions"]
    assert row["session_date"] == date(2024, 1, 2)


def test_sessions_from_events(raw) -> None:
    raw.rows(
        "events.parquet",
        "event_id customer_id session_id occurred_at",
        (1, "a", "x", "2024-01-01T10:20:00Z"),
        (2, "b", "x", "2024-01-01T10:00:00Z"),
        (3, "a", None, "2024-01-01T00:00:00Z"),
        (4, "a", None, "2024-01-01T00:30:00Z"),
        (5, "a", None, "2024-01-01T01:00:00.000001Z"),
    )
    world = raw.read()
    assert [
        (row["session_id"], row["customer_id"], row["started_at"], row["ended_at"], row["_row_number"])
        for row in world.silver["sessions"]
    ] == [
        ("x", "b", utc(2024, 1, 1, 10), utc(2024, 1, 1, 10, 20), 1),
        ("a@1704067200000000", "a", utc(2024, 1, 1), utc(2024, 1, 1, 0, 30), 2),
        ("a@1704070800000001", "a", utc(2024, 1, 1, 1, 0, 0, 1), utc(2024, 1, 1, 1, 0, 0, 1), 4),
    ]
    assert world.counts["sessions"] == Counts()


def test_a_file_is_rejected_for_its_late_row_groups(raw) -> None:
    keys = {"customer_id": [str(number * 7919) for number in range(20_000)]}
    file = raw.write("customers.parquet", keys, row_group_size=10_000, compression="zstd")
    start = pq.ParquetFile(file).metadata.row_group(1).column(0).dictionary_page_offset
    content = bytearray(file.read_bytes())
    content[start + 40 : start + 400] = b"x" * 360
    file.write_bytes(content)
    assert [(found.state, found.rows) for found in raw.read().files] == [("rejected", None)]
