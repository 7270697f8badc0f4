"""The real log through DuckDB and through Spark: the same tables, row by row."""

from pathlib import Path

import pytest
from tests.conftest import World
from tests.real.test_real_log import LOG
from tests.spark.parity import differences
from tests.spark.small import SPARK

pytestmark = pytest.mark.real


def world(root: Path) -> World:
    made = World(root)
    made.raw = LOG
    return made


def test_both_engines_give_the_same_tables(tmp_path: Path) -> None:
    one, other = world(tmp_path / "duckdb"), world(tmp_path / "spark")
    one.run()
    other.run(engine="spark", spark=SPARK)
    assert len(one.sql("select 1 from silver.sessions")) == 911
    assert differences(one, other) == []
