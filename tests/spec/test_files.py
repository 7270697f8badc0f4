"""Which files are raw files, which of them are rejected and why, and when a file is read again."""

import os
from base64 import b64encode
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import encryption
from tests.conftest import World, later, touch

from backbeat.config import SourceConfig
from backbeat.engines.duckdb import DuckDB

SESSION = {"customer_id": "c", "started_at": "2025-07-01T10:00:00Z"}

TAKEN = [
    "sessions/plain.parquet",
    "sessions/UPPER.PARQUET",
    "sessions/a/b/c/deep.parquet",
    "sessions/year=2025/month=07/p.parquet",
    "sessions/_date=2025-07-01/underscore and equals.parquet",
    "sessions/with space/ünï %20 +&'quote.parquet",
    "sessions/sessions.parquet",
    "sessions/*.parquet",
    "sessions/**.parquet",
    "sessions/pl?in.parquet",
    "sessions/[p]lain.parquet",
    "sessions/ses{s,t}ions #1.parquet",
    "sessions/year*/p.parquet",
]

HIDDEN = [
    "sessions/_temporary/0.parquet",
    "sessions/a/_delta_log/1.parquet",
    "sessions/.hidden/2.parquet",
    "sessions/.date=2025-07-01/3.parquet",
    "sessions/_4.parquet",
    "sessions/.5.parquet",
    "sessions/a/_x=6.parquet",
    "sessions/_SUCCESS",
]

NOT_RAW = [
    "sessions/notes.txt",
    "sessions/s.parquet.crc",
    "sessions/s.parquet.tmp",
    "sessions/parquet",
    "dates/d.parquet",
    "sessions2/s.parquet",
    "other/sessions/s.parquet",
]

REJECTED: dict[str, tuple[str, str]] = {
    "sessions/empty.parquet": ("footer", "bytes can't be read"),
    "sessions/garbage.parquet": ("garbage", "bytes can't be read"),
    "sessions/truncated.parquet": ("truncated", "bytes can't be read"),
    "sessions/damaged late.parquet": ("damaged", "bytes can't be read"),
    "sessions/wrong magic.parquet": ("magic", "bytes can't be read"),
    "sessions/encrypted.parquet": ("encryption", "bytes can't be read"),
    "sessions/encrypted customers.parquet": ("encryption", "bytes can't be read"),
    "sessions/no key.parquet": ("schema", "required column session_id is missing"),
    "sessions/no customer.parquet": ("schema", "required column customer_id is missing"),
    "sessions/no time.parquet": ("schema", "required column started_at is missing"),
    "sessions/boolean key.parquet": (
        "schema",
        "required column session_id: 'session_id' is of a type that can't be read",
    ),
    "sessions/bytes key.parquet": (
        "schema",
        "required column session_id: 'session_id' is of a type that can't be read",
    ),
    "sessions/nested time.parquet": (
        "schema",
        "required column started_at: 'started_at' is of a type that can't be read (varchar[])",
    ),
    "sessions/clock time.parquet": (
        "schema",
        "required column started_at: 'ts' is of a type that can't be read (time)",
    ),
    "sessions/no columns.parquet": ("footer", "it has no columns"),
    "sessions/very many digits.parquet": ("footer", "column session_id: decimals of more than 38 digits can't be read"),
    "sessions/very many digits within.parquet": ("footer", "column x: decimals of more than 38 digits can't be read"),
    "sessions/boolean time.parquet": ("schema", "required column started_at: 'ts' is of a type that can't be read"),
}


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """Every kind of file beside the others, in one run."""
    world = new_world()
    for path in [*TAKEN, *HIDDEN, *NOT_RAW]:
        world.write(path, [{"session_id": path, **SESSION}])
    world.customers("c", path="customers.parquet")
    world.write("tracks.parquet/part-0.parquet", [{"track_id": "in a folder named like a file"}])
    world.write("tracks.parquet/x=1/part-1.parquet", [{"track_id": "deep in it"}])
    _write_rejected(world)
    _write_odd(world)
    _link(world)
    world.ingest()
    return world


@pytest.mark.parametrize("path", TAKEN)
def test_a_raw_file_ends_in_parquet_at_any_depth(world: World, path: str) -> None:
    assert {"session_id": path, "_source_file": path} in world.read("silver.sessions", "session_id, _source_file")


@pytest.mark.parametrize("path", [*HIDDEN, *NOT_RAW])
def test_no_other_file_is_read_or_listed(world: World, path: str) -> None:
    assert path not in world.column("silver.sessions", "session_id")
    assert path not in world.column("ops.files", "path")


def test_a_source_may_be_one_file_or_a_folder_named_like_a_file(world: World) -> None:
    assert world.column("silver.customers", "_source_file") == ["customers.parquet"]
    assert world.pairs("silver.tracks", "track_id", "_source_file") == {
        "in a folder named like a file": "tracks.parquet/part-0.parquet",
        "deep in it": "tracks.parquet/x=1/part-1.parquet",
    }


def test_hidden_files_are_counted_in_the_status(world: World) -> None:
    sessions = next(row for row in world.open().status().sources if row["source"] == "sessions")
    assert (sessions["files_hidden"], sessions["files_taken"]) == (len(HIDDEN), len(TAKEN) + 3)


def test_a_name_that_is_no_utf_8_is_rejected_alone(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.sessions(("1", "c", "2025-07-01"))
    path = world.write("sessions/latin.parquet", [{"session_id": "2", **SESSION}])
    path.rename(os.fsdecode(os.fsencode(path.parent) + b"/M\xfcller.parquet"))
    for _ in range(2):
        world.ingest()
    assert world.pairs("ops.files where state = 'rejected'", "path", "reason") == {
        "sessions/M\\xfcller.parquet": "bytes can't be read: its name is not UTF-8, rename the file"
    }
    assert world.column("silver.sessions", "session_id") == ["1"]


@pytest.mark.parametrize(("path", "reason"), [(path, reason) for path, (_, reason) in REJECTED.items()])
def test_a_file_is_rejected_whole_with_a_reason(world: World, path: str, reason: str) -> None:
    record = next(row for row in world.read("ops.files") if row["path"] == path)
    assert (record["state"], record["rows"], record["batch_id"], record["source"]) == (
        "rejected",
        None,
        None,
        "sessions",
    )
    assert record["reason"].startswith(reason)
    assert path not in world.column("silver.sessions", "_source_file")


def test_batches_count_only_files_that_were_taken(world: World) -> None:
    booked = world.sql(
        "select source, sum(files) as files from ops.batches where files > 0 group by source order by source"
    )
    assert booked == [
        {"source": "customers", "files": 1},
        {"source": "sessions", "files": len(TAKEN) + 3},
        {"source": "tracks", "files": 2},
    ]


def test_a_required_column_of_null_type_quarantines_its_rows(world: World) -> None:
    found = [
        row["reasons"] for row in world.read("ops.quarantine") if row["source_file"] == "sessions/null times.parquet"
    ]
    assert found == [["time_missing"], ["time_missing"]]


def test_a_file_without_rows_is_taken(world: World) -> None:
    record = next(row for row in world.read("ops.files") if row["path"] == "sessions/no rows.parquet")
    assert (record["state"], record["rows"], record["reason"]) == ("taken", 0, None)


def test_links_to_files_are_followed_and_links_to_folders_are_not(world: World) -> None:
    paths = world.column("ops.files", "path")
    assert "sessions/linked.parquet" in paths
    assert not [path for path in paths if path.startswith("sessions/linked folder")]


def test_rejected_files_are_named_by_reason_once_and_then_only_counted(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    for name in ("a", "b"):
        world.write(f"sessions/{name}.parquet", [SESSION])
    world.write("sessions/d.parquet", [{"session_id": True, **SESSION}])
    first, second = world.run(), world.run()
    assert [note for note in first.notes if "rejected" in note] == [
        "2 files rejected, such as sessions/a.parquet: required column session_id is missing (looked for session_id)",
        "1 file rejected, sessions/d.parquet: required column session_id: 'session_id' is of a type that can't be read (boolean)",
    ]
    assert second.notes == ("3 rejected files still wait to be mended: `backbeat status` lists them",)
    assert world.column("silver.sessions", "session_id") == ["s"]


def test_what_no_source_is_called_is_named_at_the_first_run(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    world.write("session/s.parquet", [])
    (world.raw / "_hidden").mkdir()
    assert world.run().notes[-1] == "ignored, since no source has such a name: session (did you mean sessions?)"
    assert world.run().notes == ()


def test_dates_are_ours_and_that_is_said_once(world: World) -> None:
    world.run()
    quiet = world.run()
    assert not [note for note in quiet.notes if "dates" in note]


def test_absent_sources_and_dates_are_named_at_the_first_run(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    world.write("dates/d.parquet", [{"date": "2025-07-01"}])
    assert world.run().notes == (
        "no files of artists, subscriptions, tracks, events: what they feed is empty",
        "dates/ is ignored: gold.dates is made here",
    )


def test_a_repaired_file_is_taken_by_the_next_run(world: World) -> None:
    world.write_bytes("sessions/broken.parquet", b"PAR1 and then nothing", at=later(1))
    world.ingest()
    world.sessions(("repaired", "c", "2025-07-01"), path="sessions/broken.parquet", at=later(2))
    world.ingest()
    assert "repaired" in world.column("silver.sessions", "session_id")
    states = [row["state"] for row in world.read("ops.files") if row["path"] == "sessions/broken.parquet"]
    assert sorted(states) == ["rejected", "taken"]
    assert "sessions/broken.parquet" not in {row["path"] for row in world.open().status().rejected}
    world.write_bytes("sessions/broken.parquet", b"an older one that is broken, too", at=later(-1))
    assert "sessions/broken.parquet" in {record.path for record in world.run().taken.rejected}
    assert "sessions/broken.parquet" in {row["path"] for row in world.open().status().rejected}


def test_a_rejected_file_is_not_tried_again_until_it_or_its_mapping_changes(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.write("sessions/s.parquet", [{"visit": "v", **SESSION}])
    assert [record.path for record in world.run().taken.rejected] == ["sessions/s.parquet"]
    assert world.run().taken.batches == ()
    mapping = {"sessions": SourceConfig(columns={"session_id": "visit"})}
    assert [batch.rows_accepted for batch in world.run(sources=mapping).taken.batches] == [1]
    assert world.pairs("ops.files", "path", "state")["sessions/s.parquet"] == "taken"


def test_a_replaced_file_is_read_again_whole_and_its_old_rows_stay(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("gone", "c", "2025-07-01"), ("kept", "c", "2025-07-01"), at=later(0))
    world.ingest()
    world.sessions(("kept", "c", "2025-07-02"), ("new", "c", "2025-07-02"), at=later(1))
    world.ingest()
    days = {key: day.day for key, day in world.pairs("silver.sessions", "session_id", "session_date").items()}
    assert days == {"gone": 1, "kept": 2, "new": 2}
    assert len([row for row in world.read("ops.files") if row["path"] == "sessions/s.parquet"]) == 2


def test_a_new_modification_time_alone_is_a_new_file(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    world.ingest()
    touch(world.raw / "sessions/s.parquet", later(1))
    batch = world.ingest().batches[-1]
    assert (batch.rows_read, batch.rows_accepted, batch.rows_replaced) == (1, 1, 1)


def test_a_replaced_file_that_cannot_be_read_leaves_the_old_rows(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    world.run()
    world.write_bytes("sessions/s.parquet", b"no parquet", at=later(1))
    report = world.run()
    assert world.column("silver.sessions", "session_id") == ["s"]
    assert [record.path for record in report.taken.rejected] == ["sessions/s.parquet"]
    report.demand_required()


def test_rows_stay_when_their_file_goes_away(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c")
    path = world.sessions(("s", "c", "2025-07-01"))
    world.ingest()
    path.unlink()
    world.ingest()
    assert world.column("silver.sessions", "session_id") == ["s"]


def test_files_of_one_shape_are_read_some_at_a_time(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = new_world()
    world.customers("c")
    for n in range(5):
        world.write(f"sessions/{n}.parquet", [{"session_id": f"s{n}", **SESSION}])
    (world.raw / "sessions" / "damaged late.parquet").write_bytes(_damaged(world))
    monkeypatch.setattr(DuckDB, "files_at_once", 2)
    world.ingest()
    assert world.column("silver.sessions", "session_id") == [f"s{n}" for n in range(5)]
    assert world.column("ops.files where state = 'rejected'", "path") == ["sessions/damaged late.parquet"]


def _write_rejected(world: World) -> None:
    world.write_bytes("sessions/empty.parquet", b"")
    world.write_bytes("sessions/garbage.parquet", bytes(range(256)) * 4)
    good = world.write("sessions/truncated.parquet", [{"session_id": "t", **SESSION}]).read_bytes()
    world.write_bytes("sessions/truncated.parquet", good[:-20])
    world.write_bytes("sessions/damaged late.parquet", _damaged(world))
    world.write_bytes("sessions/wrong magic.parquet", good[:-4] + b"PAR2")
    _write_encrypted(world, "sessions/encrypted.parquet", plaintext_footer=False)
    _write_encrypted(world, "sessions/encrypted customers.parquet", plaintext_footer=True)
    world.write("sessions/no key.parquet", [SESSION])
    world.write("sessions/no customer.parquet", [{"session_id": "x", "started_at": "2025-07-01"}])
    world.write("sessions/no time.parquet", [{"session_id": "x", "customer_id": "c", "begin": "2025-07-01"}])
    world.write("sessions/boolean key.parquet", [{"session_id": True, **SESSION}])
    world.write("sessions/bytes key.parquet", [{"session_id": b"x", **SESSION}])
    world.write("sessions/nested time.parquet", [{"session_id": "x", "customer_id": "c", "started_at": ["2025-07-01"]}])
    world.write("sessions/boolean time.parquet", [{"session_id": "x", "customer_id": "c", "ts": True}])
    world.write("sessions/clock time.parquet", [{"session_id": "x", "customer_id": "c", "ts": time(10)}])
    world.write("sessions/no columns.parquet", [])
    digits, large = pa.decimal256(50, 0), Decimal(10) ** 44
    row = {"session_id": large, **SESSION, "x": {"a": large}}
    world.write("sessions/very many digits.parquet", [row], types={"session_id": digits})
    within = {"session_id": pa.string(), "x": pa.struct([("a", digits)])}
    world.write("sessions/very many digits within.parquet", [{**row, "session_id": "x"}], types=within)


class _Keys(encryption.KmsClient):
    """Wraps keys in nothing but text."""

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:  # noqa: ARG002
        return b64encode(key_bytes)


def _write_encrypted(world: World, path: str, *, plaintext_footer: bool) -> None:
    """A whole file, or only its column of customers, that nobody here has a key for."""
    wanted = encryption.EncryptionConfiguration(
        footer_key="key", column_keys={"key": ["customer_id"]}, plaintext_footer=plaintext_footer
    )
    factory = encryption.CryptoFactory(lambda _: _Keys())
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), wanted)
    world.write(path, [{"session_id": path, **SESSION}], encryption_properties=properties)


def _damaged(world: World) -> bytes:
    """A file whose footer and first row group are fine, and whose last row group is not."""
    rows = [{"session_id": f"damaged-{n}", **SESSION} for n in range(4000)]
    path = world.write(
        "sessions/damaged late.parquet", rows, row_group_size=1000, compression="zstd", use_dictionary=False
    )
    chunk = pq.ParquetFile(path).metadata.row_group(3).column(0)
    content = bytearray(path.read_bytes())
    begin = chunk.data_page_offset
    content[begin : begin + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    return bytes(content)


def _write_odd(world: World) -> None:
    schema = {"session_id": pa.string(), "customer_id": pa.string(), "started_at": pa.string()}
    world.write("sessions/no rows.parquet", [], types=schema)
    nulls = [{"session_id": id, "customer_id": "c", "started_at": None} for id in ("n1", "n2")]
    world.write("sessions/null times.parquet", nulls, types={"started_at": pa.null()})


def _link(world: World) -> None:
    outside = world.raw.parent / "outside"
    for name in ("one", "two"):
        path = World(outside).write(f"{name}.parquet", [{"session_id": name, **SESSION}])
    Path(world.raw / "sessions/linked.parquet").symlink_to(path)
    Path(world.raw / "sessions/linked folder").symlink_to(outside / "raw", target_is_directory=True)
