"""When a subscription ends."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World, utc

ENDS: list[tuple[str | None, datetime | None]] = [
    ("2025-06-30", utc("2025-06-30 23:59:59.999999")),
    ("2025-06-30 00:00:00", utc("2025-06-30 23:59:59.999999")),
    ("2025-06-30T00:00:00.000Z", utc("2025-06-30 23:59:59.999999")),
    ("2025-06-30T02:00:00+02:00", utc("2025-06-30 23:59:59.999999")),
    ("2025-06-30T00:00:00+02:00", utc("2025-06-29 22:00:00")),
    ("2025-06-30 00:00:00.000001", utc("2025-06-30 00:00:00.000001")),
    ("2025-06-30 10:00", utc("2025-06-30 10:00:00")),
    ("2025-06-30 23:59:59.999999", utc("2025-06-30 23:59:59.999999")),
    ("1751241600", utc("2025-06-30 23:59:59.999999")),
    ("9999-12-30", utc("9999-12-30 23:59:59.999999")),
    ("9999-12-30 23:59:59.999999", utc("9999-12-30 23:59:59.999999")),
    ("9999-12-31", None),
    ("9999-12-31 23:59:59", None),
    (None, None),
]

TYPED: list[tuple[pa.DataType, Any, datetime | None]] = [
    (pa.date32(), utc("2025-06-30 00:00").date(), utc("2025-06-30 23:59:59.999999")),
    (pa.timestamp("us"), utc("2025-06-30 00:00").replace(tzinfo=None), utc("2025-06-30 23:59:59.999999")),
    (pa.timestamp("us", "UTC"), utc("2025-06-30 12:00"), utc("2025-06-30 12:00")),
    (pa.int64(), 1751241600000, utc("2025-06-30 23:59:59.999999")),
    (pa.date32(), datetime(9999, 12, 31).date(), None),
    (pa.null(), None, None),
]

WRITTEN = [
    ("9999-12-31T00:00:00Z", None),
    ("9999-12-31 03:00Z", None),
    ("9999-12-31T00:00:00+14:00", None),
    ("9999-12-30T23:59:59-05:00", utc("9999-12-31 04:59:59")),
    ("9999-12-30T23:00:00Z", utc("9999-12-30 23:00:00")),
]
"""In a lake where these are other days."""

UNREADABLE = ["someday", "2025-06-31", "", "2025-06-30 24:00:00", "10000-01-01"]


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """One customer a case."""
    world = new_world()
    texts = [text for text, _ in ENDS] + UNREADABLE
    rows = [{"customer_id": f"<{text}>", **START, "effective_end_date": text} for text in texts]
    world.write("subscriptions/text.parquet", rows)
    for n, (kind, value, _) in enumerate(TYPED):
        row = {"customer_id": f"typed {n}", **START, "effective_end_date": value}
        world.write(f"subscriptions/{n}.parquet", [row], types={"effective_end_date": kind})
    world.ingest()
    return world


START = {"effective_start_date": "2025-01-01", "subscription_type": "premium"}


@pytest.mark.parametrize(("text", "end"), ENDS)
def test_a_date_is_its_last_microsecond_and_an_instant_is_itself(
    world: World, text: str | None, end: datetime | None
) -> None:
    assert world.pairs("silver.subscriptions", "customer_id", "effective_end_at")[f"<{text}>"] == end


@pytest.mark.parametrize(("n", "end"), [(n, end) for n, (_, _, end) in enumerate(TYPED)])
def test_ends_of_every_type(world: World, n: int, end: datetime | None) -> None:
    assert world.pairs("silver.subscriptions", "customer_id", "effective_end_at")[f"typed {n}"] == end


@pytest.mark.parametrize("text", UNREADABLE)
def test_an_unreadable_end_quarantines_the_row(world: World, text: str) -> None:
    found = world.pairs("ops.quarantine", "raw_row->>'customer_id'", "reasons")
    assert found[f"<{text}>"] == ["end_unreadable"]


FAR = [
    "9999-12-31",
    "9999-12-31 23:59:59",
    "9999-12-31T23:59:59.999999999",
    "9999-12-31T23:59:59-05:00",
    "9999-12-31T23:59-23:59",
    datetime(9999, 12, 31, 23, 59, 59),
    2**63 - 1,
]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_an_end_is_open_where_the_year_10000_has_begun_elsewhere(new_world: Callable[..., World], zone: str) -> None:
    world = new_world(timezone=zone)
    for n, end in enumerate(FAR):
        kind = pa.string() if isinstance(end, str) else pa.timestamp("us", None if n == 5 else "UTC")
        row = {"customer_id": str(n), **START, "effective_end_date": end}
        world.write(f"subscriptions/{n}.parquet", [row], types={"effective_end_date": kind})
    world.ingest()
    assert world.pairs("silver.subscriptions", "customer_id", "effective_end_at") == dict.fromkeys(
        map(str, range(len(FAR)))
    )


def test_an_end_is_its_day_s_last_microsecond_where_the_day_has_no_midnight(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="America/Santiago")
    world.write("subscriptions/s.parquet", [{"customer_id": "c", **START, "effective_end_date": "2025-09-07"}])
    world.ingest()
    assert world.column("silver.subscriptions", "effective_end_at") == [utc("2025-09-08 02:59:59.999999")]


def test_days_are_those_of_the_lake_s_zone(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="Europe/Berlin")
    ends = ["2025-06-30", "2025-06-29T22:00:00Z", "2025-06-30T00:00:00Z", "2025-03-30"]
    world.write("subscriptions/s.parquet", [{"customer_id": end, **START, "effective_end_date": end} for end in ends])
    world.ingest()
    assert world.pairs("silver.subscriptions", "customer_id", "effective_end_at") == {
        "2025-06-30": utc("2025-06-30 21:59:59.999999"),
        "2025-06-29T22:00:00Z": utc("2025-06-30 21:59:59.999999"),
        "2025-06-30T00:00:00Z": utc("2025-06-30 00:00:00"),
        "2025-03-30": utc("2025-03-30 21:59:59.999999"),
    }


def test_an_end_is_open_by_the_day_that_was_written(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="America/New_York")
    rows = [{"customer_id": text, **START, "effective_end_date": text} for text, _ in WRITTEN]
    world.write("subscriptions/text.parquet", rows)
    instant = {"customer_id": "instant", **START, "effective_end_date": utc("9999-12-31 00:00")}
    world.write("subscriptions/typed.parquet", [instant], types={"effective_end_date": pa.timestamp("us", "UTC")})
    world.ingest()
    found = {row["customer_id"]: row["effective_end_at"] for row in world.read("silver.subscriptions")}
    assert found == {**dict(WRITTEN), "instant": None}
