"""A run or a retraction killed before or after any write to the lake, then repeated: the tables of one that nothing disturbed."""

import shutil
import signal
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.property.published import published
from tests.property.worlds import write_world
from tests.property.writes import count_writes

import backbeat

HISTORY = {"_ingested_at", "quarantined_at", "planned_at", "finished_at", "gold_versions", "built_from", "restated_at"}
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["backbeat.api", "deltalake", "duckdb", "sqlglot"])


@pytest.mark.parametrize("seed", range(1))
def test_a_few_kills(seed: int, tmp_path: Path) -> None:
    assert_survives(Random(seed), tmp_path, kills=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 103))
def test_many_kills(seed: int, tmp_path: Path) -> None:
    assert_survives(Random(seed), tmp_path, kills=10)


def assert_survives(random: Random, root: Path, kills: int) -> None:
    """Kill the second run of a random world, and the retraction of some of its files, at random writes."""
    files = write_world(root / "all", random)
    random.shuffle(files)
    begun, whole = root / "begun", root / "whole"
    _deliver(files[::2], root / "all", begun / "raw")
    _finish(begun, [])
    _deliver(files[1::2], root / "all", begun / "raw")
    wrong = sorted(str(path.relative_to(root / "all")) for path in random.sample(files, min(3, len(files))))
    shutil.copytree(begun, whole)
    writes = [_finish(whole, []), _finish(whole, wrong)]
    expected = _tables(whole)
    for kill in range(kills):
        lake = root / f"killed{kill}"
        shutil.copytree(begun, lake)
        points = [random.randrange(2 * count) for count in writes]
        for retracted, point in zip(([], wrong), points, strict=True):
            _killed(lake, retracted, point)
            _finish(lake, retracted)
        found = _tables(lake)
        for name, rows in expected.items():
            assert found[name] == rows, (name, points)


def _deliver(files: list[Path], root: Path, raw: Path) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    for path in files:
        target = raw / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def _finish(place: Path, retracted: list[str]) -> int:
    """Run, or retract, to the end; returns the number of writes."""
    receive, send = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_act, args=(place, retracted, None, send))
    process.start()
    process.join()
    assert process.exitcode == 0
    return int(receive.recv())


def _killed(place: Path, retracted: list[str], point: int) -> None:
    process = PROCESSES.Process(target=_act, args=(place, retracted, point, None))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _act(place: Path, retracted: list[str], point: int | None, send: Any) -> None:
    """Run or retract; the process ends at the given point: 2n is before its nth write, 2n + 1 after it."""
    reached = count_writes(point)
    lake = backbeat.open(lake=str(place / "lake"), raw=str(place / "raw"), batch_rows=20)
    if retracted:
        lake.retract(retracted)
    else:
        lake.run()
    if send:
        send.send(reached[0] // 2)


def _tables(place: Path) -> dict[str, Any]:
    lake = backbeat.open(lake=str(place / "lake"), raw=str(place / "raw"))
    return published(lake, history=HISTORY, layers=("silver", "gold", "ops"))
