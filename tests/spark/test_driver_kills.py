"""Runs on Spark whose driver is killed, one after the other on one lake, then a whole one: the same tables as DuckDB's."""

import os
import signal
from pathlib import Path
from random import Random

import pytest
from tests.conftest import World
from tests.property.writes import count_writes
from tests.spark.command import begun, output_of
from tests.spark.parity import differences, twins
from tests.spark.small import SPARK

pytestmark = pytest.mark.parity
PATIENCE = 1_200
KILLS = int(os.environ.get("SPARK_KILLS", "4"))


@pytest.mark.parametrize("seed", [6])
def test_a_driver_that_is_killed_again_and_again_leaves_the_same_tables(tmp_path: Path, seed: int) -> None:
    """Each run may come further than the one before, and has less to do: the last ones may end before they are killed."""
    one, other = twins(tmp_path, seed)
    points, random = points_of_a_run(one), Random(seed)
    kills = [random.randrange(points * number // (KILLS + 1)) for number in range(1, KILLS + 1)]
    ends = []
    for point in kills:
        with begun(other, SPARK, "run", "--close", program=("tests.spark.killed", str(point))) as run:
            said, _ = run.communicate(timeout=PATIENCE)
        assert run.returncode in (0, -signal.SIGKILL), said
        ends.append(run.returncode)
    assert ends[0] == -signal.SIGKILL
    with begun(other, SPARK, "run", "--close") as run:
        output_of(run, PATIENCE)
    assert differences(one, other) == [], kills


def points_of_a_run(world: World) -> int:
    """Run with DuckDB, whose writes are those of Spark; returns how many points there are to be killed at."""
    with pytest.MonkeyPatch.context() as patch:
        passed = count_writes(None, patch.setattr)
        world.run(close=True)
    return passed[0]
