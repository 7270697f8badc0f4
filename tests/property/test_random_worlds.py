"""Any world, in any order, in any grouping: the same tables as the oracle's."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.agreement import differences
from tests.property.worlds import write_world
from tests.relaxed import RELAXED

import backbeat
from backbeat.engines.duckdb import DuckDB

EXCLUSIONS: list[dict[str, dict[str, Any]]] = [
    {},
    {"endings": {"ids_like": ["%1", "_2%"]}, "busy": {"sessions_a_day": 1}},
    {"trials": {"plans": ["trial", "student"]}, "players": {"plays_a_day": 1}},
]
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns"]


@settings(max_examples=2, **RELAXED)
@given(random=st.randoms(use_true_random=False), zone=st.sampled_from(ZONES))
def test_any_world_gives_the_oracles_tables(random: Random, zone: str) -> None:
    assert_agreement(random, zone, runs=1)


@settings(max_examples=2, **RELAXED)
@given(random=st.randoms(use_true_random=False), runs=st.integers(2, 4))
def test_any_order_and_grouping_gives_the_same_tables(random: Random, runs: int) -> None:
    assert_agreement(random, "UTC", runs=runs)


@pytest.mark.long
@settings(max_examples=6, **RELAXED)
@given(random=st.randoms(use_true_random=False), zone=st.sampled_from(ZONES), runs=st.integers(1, 4))
def test_many_worlds(random: Random, zone: str, runs: int) -> None:
    assert_agreement(random, zone, runs=runs)


def assert_agreement(random: Random, zone: str, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = write_world(root / "all", random)
        random.shuffle(files)
        close = runs == 1 and random.random() < 0.5
        for part in range(runs):
            for path in files[part::runs]:
                _deliver(path, root / "raw" / path.relative_to(root / "all"))
            rules = random.choice(EXCLUSIONS)
            own = root / "exclusions.yml"
            own.write_text(json.dumps({"rules": rules}), "utf-8")
            lake = backbeat.open(
                lake=str(root / "lake"), raw=str(root / "raw"), timezone=zone, batch_rows=random.choice([1, 20, 10_000]),
                exclusions=str(own),
            )  # fmt: skip
            (root / "raw").mkdir(exist_ok=True)
            with patch.object(DuckDB, "rows_at_once", random.choice([1, 30, 10_000])):
                lake.run(close=close)
        assert differences(lake, root / "raw", close=close, timezone=zone, rules=rules) == []


def _deliver(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)
    stat = path.stat()
    os.utime(target, ns=(stat.st_atime_ns, stat.st_mtime_ns))
