"""ops.files: one record a path and content, however many there are."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.conftest import World

from backbeat.lake import ledger
from backbeat.lake.ledger import FileRecord

RECORD = FileRecord("", "sessions", None, 9, "9-1", datetime(2025, 7, 1, tzinfo=UTC), None, "rejected", "why", "0")


def test_very_many_records_are_replaced_at_once(world: World) -> None:
    world.customers("c")
    world.ingest()
    house = world.open().house
    others = {record.path for record in ledger.files(house)}
    rejected = [replace(RECORD, path=f"sessions/{n}.parquet") for n in range(10_000)]
    older = replace(rejected[0], fingerprint="8-1")
    ledger.record_files(house, [*rejected, older])
    ledger.record_files(house, [replace(record, state="taken", reason=None) for record in rejected])
    listed = ledger.files(house)
    assert (others <= {record.path for record in listed}, len(listed)) == (True, len(others) + 10_001)
    found = {(record.path, record.fingerprint): record.state for record in listed if record.path not in others}
    assert found == {(record.path, "9-1"): "taken" for record in rejected} | {(older.path, "8-1"): "rejected"}


def test_who_writes_again_and_again_sees_what_others_rejected(world: World) -> None:
    world.customers("c")
    world.run()
    lake = world.open()
    with lake._following():
        assert {record.state for record in ledger.files(lake.house)} == {"taken"}
    (world.raw / "customers" / "bad.parquet").write_bytes(b"PAR1")
    world.ingest()
    with lake._following():
        assert {record.state for record in ledger.files(lake.house)} == {"taken", "rejected"}
