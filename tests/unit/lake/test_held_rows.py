"""What a process keeps of a table from batch to batch: every row that is stored, and not much more."""

from pathlib import Path

import pyarrow as pa

from backbeat.config import Config
from backbeat.lake import schemas
from backbeat.lake.delta import Commit
from backbeat.lake.lakehouse import Lakehouse

NAME = "ops.restatements"


def write(lake: Lakehouse, *metrics: str, instead: bool = False) -> None:
    """Commit rows in a file of their own, beside the others or in place of them."""
    rows = pa.Table.from_pylist([{"metric": metric} for metric in metrics], schema=schemas.OPS[NAME])
    with lake.engine.offered("rows", rows):
        files = lake.stage(NAME, "select * from rows")
    lake.commit(NAME, Commit(files, lake.table(NAME).files() if instead else ()))
    lake.show(NAME)


def held(lake: Lakehouse) -> list[str]:
    lake.hold_more("kept", NAME, "metric")
    return sorted(row["metric"] for row in lake.engine.rows("select metric from kept"))


def test_rows_that_are_written_again_and_again_are_held_twice_at_most(tmp_path: Path) -> None:
    lake = Lakehouse(Config(lake=str(tmp_path / "lake")))
    lake.create()
    write(lake, "a", "b")
    assert held(lake) == ["a", "b"]
    write(lake, "c", "d")
    assert held(lake) == ["a", "b", "c", "d"]
    for _ in range(5):
        write(lake, "a", "b", "c", "d", instead=True)
        found = held(lake)
        assert {*found} == {"a", "b", "c", "d"} and len(found) <= 8


def test_what_is_held_leaves_the_table_shown_as_it_was(tmp_path: Path) -> None:
    lake = Lakehouse(Config(lake=str(tmp_path / "lake")))
    lake.create()
    write(lake, "a")
    lake.show_files(NAME, [], schemas.OPS[NAME])
    assert held(lake) == ["a"]
    assert lake.engine.rows("select * from ops.restatements") == []
    lake.hold_no_more("kept")
    assert held(lake) == ["a"]
