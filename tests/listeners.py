"""Worlds of nothing but sessions, in which it is known how much of the days to come can be foretold."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from tests.conftest import World

FIRST = date(2025, 1, 1)
DAYS = 60
PREDICT = {"horizon_days": 14, "engaged_sessions": 14}
"""One session a day makes a customer engaged, which half of them are."""


def write_listeners(
    world: World, *, customers: int = 240, days: int = DAYS, noise: bool = False, seed: int = 7
) -> None:
    """Sessions by chance. Each customer has a pace, and may leave for good; where all is noise, all have the same."""
    rng = np.random.default_rng(seed)
    pace = np.ones(customers) if noise else rng.gamma(1.5, 1 / 1.5, customers)
    leaves = np.full(customers, days) if noise else rng.geometric(0.006, customers)
    expected = pace[:, None] * (np.arange(days) < leaves[:, None])
    write_sessions(world, rng.poisson(expected), path="sessions/all.parquet")
    world.customers(*(f"c{n:03}" for n in range(customers)), signup_date="2024-12-01", country="SE")


def write_sessions(world: World, counts: np.ndarray, *, path: str, first: date = FIRST) -> None:
    """So many sessions of each customer on each day [customers, days], a minute apart from noon on."""
    midnight = datetime.combine(first, datetime.min.time(), UTC)
    customer, day = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    minute = np.arange(len(day)) % 600
    starts = [midnight + timedelta(days=int(d), minutes=720 + int(m)) for d, m in zip(day, minute, strict=True)]
    ids = [f"{path}-{n}" for n in range(len(day))]
    columns = {"session_id": ids, "customer_id": [f"c{n:03}" for n in customer], "started_at": starts}
    world.write_table(path, pa.table(columns))
