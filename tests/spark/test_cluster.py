"""A whole run on a standalone cluster of this machine that loses an executor on the way: the same tables as DuckDB's."""

from pathlib import Path

import pytest
from tests.conftest import World
from tests.spark.command import begun, on_cluster, output_of
from tests.spark.parity import differences, twins
from tests.spark.servers import cluster, wait_for

from backbeat.lake import ledger

pytestmark = pytest.mark.parity
PATIENCE = 1_200


def test_executors_that_are_lost_while_a_batch_is_taken_and_while_gold_is_built_change_nothing(tmp_path: Path) -> None:
    one, other = twins(tmp_path, 4)
    one.run(close=True)
    lost: list[int] = []
    moments = (lambda: states(other)[-1:] == ["planned"], lambda: states(other) == ["committed"] * len(states(one)))
    with cluster(tmp_path / "servers") as spark, begun(other, on_cluster(spark.master), "run", "--close") as run:
        for worker, is_now in enumerate(moments):
            wait_for(lambda is_now=is_now: is_now() or run.poll() is not None, "the next moment", PATIENCE)
            lost.append(spark.lose_executor(worker))
            assert is_now(), output_of(run, PATIENCE)
            wait_for(lambda worker=worker: {*spark.executors()[worker]} - {*lost}, "a new executor")
        output_of(run, PATIENCE)
    assert differences(one, other) == []


def states(world: World) -> list[str]:
    """How far each batch of files is, as a new process sees it."""
    house = world.open().house
    return [batch.state for batch in ledger.batches(house) if batch.source] if house.exists() else []
