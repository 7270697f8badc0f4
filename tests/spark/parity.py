"""Two lakes side by side: which rows one has and the other has not."""

import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from tests.conftest import World
from tests.property.worlds import write_world

from backbeat import content

NOW = datetime(2025, 9, 1, tzinfo=UTC)
OF_A_RUN = ("_batch_id", "_ingested_at", "batch_id", "quarantined_at")
"""Columns that say which run took a row, and when."""


def twins(root: Path, seed: int) -> tuple[World, World]:
    """Two raw folders of the same odd files."""
    one, other = (World(root / name, now=NOW) for name in ("duckdb", "spark"))
    write_world(one.raw, Random(seed))
    shutil.copytree(one.raw, other.raw, dirs_exist_ok=True)
    return one, other


def tables() -> list[str]:
    """Every table that a run makes, the history of runs apart."""
    gold = [f"gold.{name}" for name, table in content.tables().items() if table.made_from not in ("models", "alerts")]
    return [*(f"silver.{name}" for name in content.sources()), *gold, "ops.quarantine"]


def differences(one: World, other: World) -> list[str]:
    """Each table that differs, with how many rows do and the first of them on either side."""
    return [found for table in tables() for found in _of(table, one, other)]


def _of(table: str, one: World, other: World) -> Iterator[str]:
    mine, theirs = (Counter(map(_key, world.sql(f"select * from {table}"))) for world in (one, other))
    lacking, more = mine - theirs, theirs - mine
    if lacking or more:
        first = [min(side, key=str, default=None) for side in (lacking, more)]
        yield f"{table}: {lacking.total()} rows only here, {more.total()} only there; first: {first[0]} / {first[1]}"


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((name, str(value)) for name, value in row.items() if name not in OF_A_RUN)
