"""A whole run through a Spark Connect server, where no JVM is within reach: the same tables as DuckDB's."""

import time
from pathlib import Path

import msgspec
import pytest
from tests.conftest import World
from tests.spark.command import begun, output_of
from tests.spark.parity import NOW, differences, twins
from tests.spark.servers import connect_server
from tests.spark.small import SPARK

from backbeat.errors import StorageError

pytestmark = pytest.mark.parity
PATIENCE = 1_200


def test_a_run_through_a_connect_server_gives_the_same_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = twins(tmp_path, 5)
    one.run(close=True)
    with connect_server(tmp_path / "servers") as remote:
        changeable = {name: value for name, value in SPARK.conf.items() if name.startswith("spark.sql.")}
        spark = msgspec.structs.replace(SPARK, remote=remote, conf=changeable)
        monkeypatch.setenv("JAVA_HOME", "/nowhere")
        with begun(other, spark, "run", "--close") as run:
            output_of(run, PATIENCE)
    assert differences(one, other) == []


def test_a_server_that_is_not_there_is_said_in_words_and_soon(tmp_path: Path) -> None:
    world, began = World(tmp_path, now=NOW), time.monotonic()
    world.customers("a")
    with begun(world, msgspec.structs.replace(SPARK, remote="sc://127.0.0.1:1"), "run") as run:
        said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == StorageError.exit_code
    assert said.strip().startswith("backbeat: Spark did not begin on sc://127.0.0.1:1: ")
    assert "refused" in said
    assert time.monotonic() - began < 300
