"""Rows that Python offers to Spark arrive, in however many pieces they come."""

import pyarrow as pa
import pytest
from tests.spark.small import SPARK

from backbeat.config import Config
from backbeat.engines import Engine, open_engine


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(Config(engine="spark", spark=SPARK))


@pytest.mark.parametrize("sizes", [[0], [2], [2, 0, 3], [0, 2, 0, 3, 0]], ids=str)
def test_no_row_is_lost_behind_an_empty_piece(engine: Engine, sizes: list[int]) -> None:
    pieces = [pa.table({"piece": pa.array([f"{n}"] * size, pa.string())}) for n, size in enumerate(sizes)]
    with engine.offered("offered_rows", pa.concat_tables(pieces)):
        found = engine.rows("select piece, count(*) as n from offered_rows group by piece order by piece")
    assert [(row["piece"], row["n"]) for row in found] == [(f"{n}", size) for n, size in enumerate(sizes) if size]
