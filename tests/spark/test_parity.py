"""The same raw files through DuckDB and through Spark: the same tables, row by row. One session for all of this file."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from tests.conftest import World
from tests.property.worlds import write_world
from tests.spark.parity import differences
from tests.spark.small import SPARK

NOW = datetime(2025, 9, 1, tzinfo=UTC)
pytestmark = pytest.mark.parity


def twins(root: Path, seed: int) -> tuple[World, World]:
    """Two raw folders of the same odd files."""
    one, other = (World(root / name, now=NOW) for name in ("duckdb", "spark"))
    write_world(one.raw, Random(seed))
    shutil.copytree(one.raw, other.raw, dirs_exist_ok=True)
    return one, other


@pytest.mark.parametrize("seed", [1, 2])
def test_odd_files_give_the_same_tables(tmp_path: Path, seed: int) -> None:
    one, other = twins(tmp_path, seed)
    one.run(close=True)
    other.run(close=True, engine="spark", spark=SPARK)
    assert differences(one, other) == []


def test_gold_of_a_lake_that_duckdb_began_is_the_same_when_spark_makes_it_again(tmp_path: Path) -> None:
    one, other = twins(tmp_path, 3)
    one.run(close=True)
    other.run(close=True)
    other.run(full=True, engine="spark", spark=SPARK)
    assert differences(one, other) == []
