"""What files of tests/spec share."""

import pytest
from tests.spark.small import SPARK

from backbeat.config import Config
from backbeat.engines import Engine, open_engine


@pytest.fixture(scope="module", params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine, for the meaning of SQL."""
    return open_engine(Config(engine=request.param, spark=SPARK))
