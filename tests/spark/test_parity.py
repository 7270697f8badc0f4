"""The same raw files through DuckDB and through Spark: the same tables, row by row. One session for all of this file."""

from pathlib import Path

import pytest
from tests.spark.parity import differences, twins
from tests.spark.small import SPARK

pytestmark = pytest.mark.parity


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
