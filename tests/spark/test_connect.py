"""Through a Spark Connect server, where no JVM is within reach: a whole run, and the tour, give what they give elsewhere."""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.conftest import World
from tests.spark.command import begun, output_of, spark_toml
from tests.spark.parity import NOW, differences, twins
from tests.spark.servers import connect_server
from tests.spark.small import SPARK
from tests.spark.touring import is_same, take

from backbeat.config import SparkConfig
from backbeat.errors import StorageError

pytestmark = pytest.mark.parity
PATIENCE = 1_800


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkConfig]:
    """The settings of a session of a server, with no Java to fall back to."""
    with connect_server(tmp_path_factory.mktemp("servers")) as remote, pytest.MonkeyPatch.context() as patch:
        changeable = {name: value for name, value in SPARK.conf.items() if name.startswith("spark.sql.")}
        patch.setenv("JAVA_HOME", "/nowhere")
        yield msgspec.structs.replace(SPARK, remote=remote, conf=changeable)


def test_a_run_through_a_connect_server_gives_the_same_tables(tmp_path: Path, connected: SparkConfig) -> None:
    one, other = twins(tmp_path, 5)
    one.run(close=True)
    with begun(other, connected, "run", "--close") as run:
        output_of(run, PATIENCE)
    assert differences(one, other) == []


def test_the_tour_through_a_connect_server_shows_the_same(tmp_path: Path, connected: SparkConfig) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    there.mkdir()
    (there / "backbeat.toml").write_text(spark_toml(connected))
    root = Path(__file__).parents[2]
    places = os.pathsep.join([str(root), str(root / "src")])
    command = [sys.executable, "-m", "tests.spark.touring", str(there), "spark"]
    toured = subprocess.run(
        command,
        cwd=there,
        env={**os.environ, "PYTHONPATH": places},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert toured.returncode == 0, toured.stdout + toured.stderr
    shown, expected = pickle.loads((there / "shown.pickle").read_bytes()), take(here, "duckdb").shown
    assert [number for number, same in enumerate(map(is_same, shown, expected)) if not same] == []
    assert len(shown) == len(expected)


def test_a_server_that_is_not_there_is_said_in_words_and_soon(tmp_path: Path) -> None:
    world, began = World(tmp_path, now=NOW), time.monotonic()
    world.customers("a")
    with begun(world, msgspec.structs.replace(SPARK, remote="sc://127.0.0.1:1"), "run") as run:
        said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == StorageError.exit_code
    assert said.strip().startswith("backbeat: Spark did not begin on sc://127.0.0.1:1: ")
    assert "refused" in said
    assert time.monotonic() - began < 120
