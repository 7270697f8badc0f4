"""A whole run on a standalone cluster of this machine that loses tasks on the way: the same tables as DuckDB's."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.conftest import World
from tests.spark.command import begun, on_cluster, output_of
from tests.spark.parity import differences, twins
from tests.spark.servers import Cluster, cluster, wait_for

from backbeat.lake import ledger

pytestmark = pytest.mark.parity
PATIENCE = 1_200


def test_tasks_that_are_lost_while_a_batch_is_taken_and_while_gold_is_built_change_nothing(tmp_path: Path) -> None:
    one, other = twins(tmp_path, 4)
    one.run(close=True)
    told = tmp_path / "events"
    told.mkdir()
    moments = (lambda: states(other)[-1:] == ["planned"], lambda: states(other) == ["committed"] * len(states(one)))
    with cluster(tmp_path / "servers") as spark:
        settings = on_cluster(spark.master)
        events = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": told.as_uri(), **PLAIN}
        settings = msgspec.structs.replace(settings, conf={**settings.conf, **events})
        with begun(other, settings, "run", "--close") as run:
            lost = [lose_a_task(spark, worker, is_now, run) for worker, is_now in enumerate(moments)]
            output_of(run, PATIENCE)
    assert {*lost} <= executors_that_lost_tasks(told)
    assert differences(one, other) == []


PLAIN = {"spark.eventLog.compress": "false", "spark.eventLog.rolling.enabled": "false"}
"""One file of lines of JSON."""


def lose_a_task(spark: Cluster, worker: int, is_now: Callable[[], bool], run: "subprocess.Popen[str]") -> str:
    """Wait for a moment, and in it for a worker's executor to be at work; kill that. Returns what Spark calls it."""
    lost: list[str] = []

    def lose() -> bool:
        assert run.poll() is None, output_of(run, PATIENCE)
        if is_now() and (name := spark.lose_task(worker)):
            lost.append(name)
        return bool(lost)

    wait_for(lose, "an executor at work", PATIENCE)
    return lost[0]


def executors_that_lost_tasks(folder: Path) -> set[str]:
    """Those of whom the driver has noted that a task ended because they did."""
    events = [json.loads(line) for path in folder.iterdir() for line in path.read_text("utf-8").split("\n") if line]
    reasons = [event["Task End Reason"] for event in events if event["Event"] == "SparkListenerTaskEnd"]
    return {reason["Executor ID"] for reason in reasons if reason["Reason"] == "ExecutorLostFailure"}


def states(world: World) -> list[str]:
    """How far each batch of files is, as a new process sees it."""
    house = world.open().house
    return [batch.state for batch in ledger.batches(house) if batch.source] if house.exists() else []
