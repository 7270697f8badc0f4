"""A run killed between any two of its steps, then run again, leaves the tables of a run that nothing disturbed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World, later

KILLED_BEFORE = {
    "reading what was planned": ("backbeat.ingest.run", "_carry_out", 1),
    "quarantine, with silver committed": ("backbeat.ingest.commit", "_commit_quarantine", 1),
    "the files' records, with quarantine committed": ("backbeat.ingest.commit", "_file_record", 1),
    "the second batch": ("backbeat.ingest.run", "_carry_out", 2),
    "building, with all batches committed": ("backbeat.build.run", "_start", 1),
    "the third gold table": ("backbeat.build.run", "_materialise", 3),
    "marking the batches as done": ("backbeat.lake.ledger", "finish", 1),
    "marking the second batch as done": ("backbeat.lake.ledger", "finish", 2),
}

KILLED = """
import os, sys
from importlib import import_module
import backbeat

module, name, left = import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
original = getattr(module, name)

def step(*arguments, **named):
    global left
    left -= 1
    if not left:
        os._exit(9)
    return original(*arguments, **named)

setattr(module, name, step)
backbeat.open(raw=sys.argv[4], lake=sys.argv[5]).run()
"""

UNLIKE = "exclude (_ingested_at)"
TABLES = {
    "silver.customers": UNLIKE,
    "silver.sessions": UNLIKE,
    "silver.events": UNLIKE,
    "ops.quarantine": "exclude (quarantined_at)",
    "ops.files": "",
    "ops.batches": "exclude (planned_at, finished_at, gold_versions, built_from)",
    **dict.fromkeys(("gold.customer_day", "gold.customer_device_day", "gold.activity_5m", "gold.kpis"), ""),
    **dict.fromkeys(("gold.plan_periods", "gold.sessions_histogram", "gold.kpi_summary"), ""),
}


@pytest.fixture(scope="module")
def begun(new_world: Callable[..., World]) -> World:
    """A lake with one run behind it, and new files: repeated and late sessions, bad rows, a play, a broken file."""
    world = new_world()
    world.customers("a", "b")
    world.sessions(("s1", "a", "2025-07-01"), ("s2", "b", "2025-07-03"))
    world.run()
    new = [("s1", "a", "2025-07-02"), ("s3", "a", "2025-07-01"), ("s3", "a", "2025-07-03"), ("bad", "b", "never")]
    world.sessions(*new, path="sessions/new.parquet", at=later(1))
    events = [{"event_id": id, "customer_id": "a", "event_type": "play", "occurred_at": at} for id, at in EVENTS]
    world.write("events/new.parquet", events, at=later(1))
    world.write_bytes("sessions/broken.parquet", b"", at=later(1))
    return world


EVENTS = [("e1", "2025-07-02"), ("bad", "?")]


@pytest.fixture(scope="module")
def undisturbed(begun: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    world = _copy(begun, tmp_path_factory.mktemp("undisturbed"))
    world.run()
    return _tables(world)


@pytest.mark.parametrize("step", KILLED_BEFORE)
def test_a_run_killed_before(begun: World, undisturbed: dict[str, Any], tmp_path: Path, step: str) -> None:
    world = _copy(begun, tmp_path)
    assert _killed(world, *KILLED_BEFORE[step]) == 9
    world.run()
    found = _tables(world)
    for name in TABLES:
        assert found[name] == undisturbed[name], name


def test_the_first_run_killed_before_the_second_gold_table(new_world: Callable[..., World]) -> None:
    killed, whole = new_world(), new_world()
    for world in (killed, whole):
        world.customers("a")
        world.sessions(("s1", "a", "2025-07-01"), ("bad", "a", "never"))
    assert _killed(killed, "backbeat.build.run", "_materialise", 2) == 9
    killed.run()
    whole.run()
    assert _tables(killed) == _tables(whole)


def test_the_first_run_killed_before_deriving_sessions(new_world: Callable[..., World]) -> None:
    killed, whole = new_world(), new_world()
    for world in (killed, whole):
        world.customers("a")
        world.write("events/e.parquet", [{"event_id": "e", "customer_id": "a", "occurred_at": "2025-07-02"}])
    assert _killed(killed, "backbeat.ingest.run", "derive_sessions", 1) == 9
    killed.run()
    whole.run()
    assert len(killed.read("silver.sessions")) == 1
    assert _tables(killed) == _tables(whole)


def _killed(world: World, module: str, name: str, left: int) -> int:
    arguments = [module, name, str(left), str(world.raw), str(world.lake)]
    return subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, capture_output=True).returncode


def _copy(world: World, root: Path) -> World:
    shutil.copytree(world.raw.parent, root, dirs_exist_ok=True)
    return World(root)


def _tables(world: World) -> dict[str, Any]:
    return {name: world.read(name, f"* {columns}") for name, columns in TABLES.items()}
