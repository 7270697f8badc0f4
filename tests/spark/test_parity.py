"""The same raw files through DuckDB and through Spark: the same tables, row by row. One session for all of this file."""

from pathlib import Path

import pytest
from tests.spark.parity import differences, twins
from tests.spark.small import SPARK

from backbeat import content

pytestmark = pytest.mark.long


@pytest.mark.parametrize("seed", [1, 2])
def test_odd_files_give_the_same_tables(tmp_path: Path, seed: int) -> None:
    one, other = twins(tmp_path, seed)
    one.run(close=True)
    other.run(close=True, engine="spark", spark=SPARK)
    assert differences(one, other) == []


@pytest.mark.parametrize(("first", "then"), [("duckdb", "spark"), ("spark", "duckdb")])
def test_what_comes_later_is_the_same_in_a_lake_that_the_other_engine_began(
    tmp_path: Path, first: str, then: str
) -> None:
    one, other = twins(tmp_path, 4)
    late = [path for world in (one, other) for path in sorted(world.raw.rglob("*.parquet"))[::2]]
    for path in late:
        path.rename(path.with_name(f".{path.name}"))
    one.run()
    other.run(engine=first, spark=SPARK)
    for path in late:
        path.with_name(f".{path.name}").rename(path)
    one.run(close=True)
    report = other.run(close=True, engine=then, spark=SPARK)
    assert any(change.dates for name, change in report.built.rebuilt.items() if content.tables()[name].open)
    assert differences(one, other) == []


def test_gold_of_a_lake_that_duckdb_began_is_the_same_when_spark_makes_it_again(tmp_path: Path) -> None:
    one, other = twins(tmp_path, 3)
    one.run(close=True)
    other.run(close=True)
    other.run(full=True, engine="spark", spark=SPARK)
    assert differences(one, other) == []
