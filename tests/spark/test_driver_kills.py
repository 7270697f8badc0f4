"""Runs on Spark whose driver is killed, one after the other on one lake, then a whole one: the same tables as DuckDB's."""

import signal
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from tests.conftest import World
from tests.property.writes import count_writes
from tests.spark.command import begun
from tests.spark.parity import NOW, differences, twins
from tests.spark.small import SPARK
from tests.spark.worlds import deliver
from tests.without_stars import without_stars

PATIENCE = 1_200
LONGEST = 1.0
"""Seconds, at most, from a write to a kill inside a job."""


def test_a_few_kills(tmp_path: Path) -> None:
    one, other = (World(tmp_path / name, now=NOW) for name in ("duckdb", "spark"))
    for world in (one, other):
        deliver(world)
    with without_stars():
        assert_survives(one, other, Random(6), kills=4, tables="no_stars")


@pytest.mark.long
def test_many_kills(tmp_path: Path) -> None:
    assert_survives(*twins(tmp_path, 6), Random(7), kills=20)


def assert_survives(one: World, other: World, random: Random, kills: int, tables: str = "all") -> None:
    """Kill every other run at a write, the rest inside a job of Spark, on average each later than the one before."""
    taking, building = points_of_a_run(one)
    ends = [building * number // (kills + 1) for number in range(1, kills + 1)]
    points = [random.randrange(taking), *(random.randrange(end) for end in ends[1:])]
    delays = [random.uniform(0.01, LONGEST) if number % 2 else 0.0 for number in range(kills)]
    for point, delay in zip(points, delays, strict=True):
        said = killed(other, [str(point), str(delay), tables])
        assert ("killed in job " in said) == bool(delay), said
    other.run(close=True, engine="spark", spark=SPARK)
    assert differences(one, other) == [], (points, delays)


def points_of_a_run(world: World) -> tuple[int, int]:
    """Run with DuckDB, whose writes are those of Spark.

    Returns how many points there are to be killed at while files are taken, and while tables are built; every run of
    a lake that was not finished has the latter.
    """
    with pytest.MonkeyPatch.context() as patch:
        passed = count_writes(None, patch.setattr)
        world.ingest()
        taking = passed[0]
        world.run(close=True)
    return taking, passed[0] - taking


def killed(world: World, moment: Sequence[str]) -> str:
    """What a run said that was killed."""
    with begun(world, SPARK, *moment, "run", "--close", program=["tests.spark.killed"]) as run:
        said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == -signal.SIGKILL, said
    return said
