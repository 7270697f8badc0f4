"""A commit is made once, also where a bucket's answer breaks off before or after it."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from backbeat.errors import StorageError
from backbeat.lake.delta import Commit, DataFile, Table, statistics
from backbeat.lake.storage import Store

SAID = "Generic S3 error\n  \x1b[31m↳\x1b[0m HTTP error\n   \x1b[31m↳\x1b[0m request or response body error\n"
FILE = DataFile("one.parquet", {}, 1, 1, statistics(1, {}, {}))


@pytest.fixture
def table(tmp_path: Path) -> Table:
    table = Table(Store(str(tmp_path)), "gold.some")
    table.create(pa.schema([("a", pa.int64())]))
    return table


def breaking_off(patch: pytest.MonkeyPatch, times: int, *, committed: bool) -> list[int]:
    """Let the first commits fail, made or not, and tell how often one was asked for."""
    commit: Callable[..., None] = DeltaTable.create_write_transaction
    asked = [0]

    def failing(*arguments: Any, **named: Any) -> None:
        asked[0] += 1
        if committed or asked[0] > times:
            commit(*arguments, **named)
        if asked[0] <= times:
            raise OSError(SAID)

    patch.setattr(DeltaTable, "create_write_transaction", failing)
    patch.setattr("tenacity.nap.time.sleep", lambda _: None)
    return asked


@pytest.mark.parametrize(("committed", "asks"), [(True, 1), (False, 3)])
def test_a_commit_whose_answer_broke_off_is_there_once(
    table: Table, monkeypatch: pytest.MonkeyPatch, committed: bool, asks: int
) -> None:
    asked = breaking_off(monkeypatch, 2, committed=committed)
    assert table.commit(Commit(adds=[FILE], batch=7, note={"rows": 1}), "app") == 1
    assert asked == [asks]
    assert [(file.path, file.rows) for file in table.files()] == [("one.parquet", 1)]
    assert (table.batch("app"), table.note(7)) == (7, {"rows": 1, "batch": 7})


def test_an_answer_that_breaks_off_each_time_is_told(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = breaking_off(monkeypatch, 100, committed=False)
    with pytest.raises(OSError, match="response body error"):
        table.commit(Commit(adds=[FILE]), "app")
    assert 2 < asked[0] < 20
    assert table.files() == []


def test_another_failure_is_told_at_once(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [0]

    def failing(_: str) -> bool:
        asked[0] += 1
        raise OSError("no such host")

    monkeypatch.setattr(DeltaTable, "is_deltatable", failing)
    table.opened.clear()
    with pytest.raises(StorageError, match="can't be reached: no such host"):
        table.exists()
    assert asked == [1]


@pytest.mark.parametrize("made", [True, False])
def test_a_commit_that_met_itself_is_there(table: Table, monkeypatch: pytest.MonkeyPatch, made: bool) -> None:
    commit: Callable[..., None] = DeltaTable.create_write_transaction

    def refused(*arguments: Any, **named: Any) -> None:
        if made:
            commit(*arguments, **named)
        raise CommitFailedError("Concurrent transaction failed.")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", refused)
    with nullcontext() if made else pytest.raises(CommitFailedError):
        table.commit(Commit(adds=[FILE]), "app")
    assert len(table.files()) == made


def test_a_commit_is_not_made_again_onto_another_s(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Table(table.store, table.name)
    commit: Callable[..., None] = DeltaTable.create_write_transaction

    def beaten(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(DeltaTable, "create_write_transaction", commit)
        other.commit(Commit(adds=[FILE], batch=7), "app")
        raise OSError(SAID)

    monkeypatch.setattr(DeltaTable, "create_write_transaction", beaten)
    with pytest.raises(StorageError, match="somebody else has written to it; run again"):
        table.commit(Commit(adds=[DataFile("two.parquet", {}, 1, 1)], batch=7), "app")
    assert [file.path for file in table.files()] == ["one.parquet"]


def test_what_was_asked_for_in_vain_is_not_asked_for_anew(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [0]

    def broken(_: str) -> bool:
        asked[0] += 1
        raise OSError(SAID)

    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    monkeypatch.setattr(DeltaTable, "is_deltatable", broken)
    table.opened.clear()
    with pytest.raises(StorageError, match="response body error"):
        table.create(pa.schema([("a", pa.int64())]))
    assert asked == [8]


def test_rows_that_are_put_into_a_table_come_once(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    write, asked = deltalake.write_deltalake, [0]

    def failing(*arguments: Any, **named: Any) -> None:
        asked[0] += 1
        write(*arguments, **named)
        raise OSError(SAID)

    monkeypatch.setattr("deltalake.write_deltalake", failing)
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    table.replace(pa.table({"a": [1]}), None)
    table.replace(pa.table({"a": [2]}), None)
    assert asked == [2]
    assert sorted(DeltaTable(table.uri).to_pyarrow_table()["a"].to_pylist()) == [1, 2]
