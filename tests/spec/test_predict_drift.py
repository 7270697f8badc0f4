"""Alerts on what a model learnt: a world that changes fires them, one that goes on as it was does not."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import World
from tests.listeners import DAYS, FIRST, PREDICT, write_sessions

pytestmark = pytest.mark.usefixtures("no_stars")

CUSTOMERS = 160
ALERTS = ("feature_drift", "base_rate_drift")
STEPS = (14, 1, 1)
"""Days that each run after the training takes: the first is a whole window, so that the share of positives can move."""


def paces() -> np.ndarray:
    return np.random.default_rng(7).gamma(3, 1 / 3, CUSTOMERS)


def sessions(days: int, *, by: float = 1.0, seed: int = 1) -> np.ndarray:
    """Sessions by chance [customers, days]; everyone has a pace that never changes, but for a factor."""
    return np.random.default_rng(seed).poisson(by * paces()[:, None], (CUSTOMERS, days))


@pytest.fixture(scope="module")
def trained(new_world: Callable[..., World]) -> World:
    world = new_world(predict=PREDICT)
    world.customers(*(f"c{n:03}" for n in range(CUSTOMERS)), signup_date="2024-12-01")
    write_sessions(world, sessions(DAYS), path="sessions/all.parquet")
    world.run(close=True)
    world.open().predict.train("engaged")
    return world


def gone_on(trained: World, root: Path, by: float) -> World:
    """The same world some days later, by so many runs, each customer's pace times a factor."""
    for folder in ("raw", "lake"):
        shutil.copytree(getattr(trained, folder), root / folder)
    world, day = World(root, **trained.settings), FIRST + timedelta(days=DAYS)
    for n, days in enumerate(STEPS):
        path = f"sessions/later{n}.parquet"
        write_sessions(world, sessions(days, by=by, seed=n + 2), path=path, first=day)
        day += timedelta(days=days)
        world.run(close=True)
    return world


@pytest.mark.long
def test_a_steady_world_fires_no_alert_on_drift(trained: World, tmp_path: Path) -> None:
    world = gone_on(trained, tmp_path, by=1.0)
    scored = world.sql("select alert, value from gold.activity_scores where series like '%_drift'")
    assert [sum(row["alert"] == name for row in scored) for name in ALERTS] == [len(STEPS), len(STEPS)]
    assert world.sql("select * from gold.alerts where series like '%_drift'") == []


def test_a_world_that_changes_fires_both(trained: World, tmp_path: Path) -> None:
    world = gone_on(trained, tmp_path, by=0.3)
    found = world.sql("select * from gold.alerts where series like '%_drift' order by alert")
    assert [(row["alert"], row["state"]) for row in found] == [(name, "firing") for name in sorted(ALERTS)]
    first = FIRST + timedelta(days=DAYS + STEPS[0] - 1)
    assert {row["opened_at"].date() for row in found} == {first}
    assert all(row["peak_value"] > 1.5 for row in found)
