"""A raw file that changes under a run, between listing and reading or while it is read: left to the next run, whole."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World, later

from backbeat.ingest import commit, run
from backbeat.lake import ledger

MOMENTS = {
    "between planning and reading": (run._VERBS, "take"),
    "while it is read": (commit, "_without_changed"),
}

CHANGES: dict[str, Callable[[World, Path], object]] = {
    "grows": lambda world, path: write(world, path.name, "s2", "s3", "s4"),
    "shrinks": lambda world, path: write(world, path.name, "s2"),
    "disappears": lambda _, path: path.unlink(),
    "is replaced": lambda world, path: write(world, path.name, "s5", "s6"),
    "is broken off": lambda _, path: path.write_bytes(path.read_bytes()[:40]),
}

THEN = {
    "grows": ["s1", "s2", "s3", "s4"],
    "shrinks": ["s1", "s2"],
    "disappears": ["s1"],
    "is replaced": ["s1", "s5", "s6"],
    "is broken off": ["s1"],
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that(world: World, monkeypatch: pytest.MonkeyPatch, moment: str, change: str) -> None:
    world.customers("c")
    world.sessions(("s1", "c", "2025-07-01"), path="sessions/quiet.parquet")
    write(world, "moving.parquet", "s2", "s3")
    with monkeypatch.context() as patch:
        disturb(patch, moment, lambda: CHANGES[change](world, world.raw / "sessions" / "moving.parquet"))
        world.ingest()
    assert world.column("silver.sessions", "session_id") == ["s1"]
    assert world.sql("select rows_read, rows_accepted from ops.batches where source = 'sessions'") == [
        {"rows_read": 1, "rows_accepted": 1}
    ]
    world.ingest()
    assert world.column("silver.sessions", "session_id") == THEN[change]
    rejected = world.sql("select path from ops.files where state = 'rejected'")
    assert bool(rejected) == (change == "is broken off")


def write(world: World, name: str, *keys: str) -> Path:
    """Write the file with these sessions; its time of arrival differs with the first of them and their number."""
    sessions = [(key, "c", "2025-07-02") for key in keys]
    return world.sessions(*sessions, path=f"sessions/{name}", at=later(len(keys) + 10 * int(keys[0][1:])))


def disturb(patch: pytest.MonkeyPatch, moment: str, change: Callable[[], object]) -> None:
    """Have the change happen once, when the sessions are next taken that far."""
    place, name = MOMENTS[moment]
    original = place[name] if isinstance(place, dict) else getattr(place, name)
    pending = [change]

    def disturbed(lake: Any, batch: Any, *rest: Any) -> Any:
        if batch.source == "sessions" and pending:
            pending.pop()()
        return original(lake, batch, *rest)

    if isinstance(place, dict):
        patch.setitem(place, name, disturbed)
    else:
        patch.setattr(place, name, disturbed)


def test_files_that_are_known_and_new_ones_are_recorded_together(world: World) -> None:
    """As after a kill, when a batch names files that the one before it has just finished."""
    world.customers("a")
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"))
    world.run()
    house = world.open().house
    known = next(record for record in ledger.files(house) if record.source == "sessions")
    ledger.record_files(house, [known, replace(known, path="sessions/new.parquet")])
    paths = [record.path for record in ledger.files(world.open().house) if record.source == "sessions"]
    assert paths == ["sessions/new.parquet", known.path]
