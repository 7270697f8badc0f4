"""Worlds of steady traffic with troubles of known time, for alerts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from tests.conftest import World

FIRST = datetime(2025, 7, 1, tzinfo=UTC)
Trouble = tuple[datetime, datetime, float]
OUTAGE: Trouble = (FIRST + timedelta(days=3, hours=10), FIRST + timedelta(days=3, hours=10, minutes=45), 0.02)
SPIKE: Trouble = (FIRST + timedelta(days=3, hours=16), FIRST + timedelta(days=3, hours=16, minutes=30), 4.0)


def times(
    days: float, rate: float = 15, troubles: Sequence[Trouble] = (OUTAGE, SPIKE), seed: int = 7
) -> list[datetime]:
    """When sessions begin: so many in five minutes, in order."""
    random = np.random.default_rng(seed)
    found = []
    for n in range(int(days * 288)):
        begin = FIRST + timedelta(minutes=5 * n)
        factor = next((factor for start, end, factor in troubles if start <= begin < end), 1.0)
        offsets = np.sort(random.uniform(0, 300, random.poisson(rate * factor)))
        found += [begin + timedelta(seconds=float(offset)) for offset in offsets]
    return found


def write_traffic(world: World, name: str, starts: Sequence[datetime], at: datetime) -> None:
    """Sessions of fifty customers as one file."""
    if not (world.raw / "customers").exists():
        world.customers(*(f"c{n}" for n in range(50)))
    columns = {
        "session_id": [f"{name}-{n}" for n in range(len(starts))],
        "customer_id": [f"c{n % 50}" for n in range(len(starts))],
        "started_at": pa.array(starts, pa.timestamp("us", tz="UTC")),
    }
    world.write_table(f"sessions/{name}.parquet", pa.table(columns), at=at)
