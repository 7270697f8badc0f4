from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import World

from backbeat.build.stretches import stretches
from backbeat.engines.duckdb import DuckDB

DAYS = st.dictionaries(st.dates().map(str), st.integers(1, 9))


@given(rows=DAYS, limit=st.none() | st.integers(1, 20), other=st.dates().map(str))
def test_every_day_lies_in_one_stretch_that_has_no_more_rows_than_may_be(
    rows: dict[str, int], limit: int | None, other: str
) -> None:
    found = stretches(rows, limit)
    held = [[day for day in rows if stretch.holds(day)] for stretch in found]
    assert sorted(day for days in held for day in days) == sorted(rows)
    assert sum(stretch.holds(other) for stretch in found) == 1
    assert all(limit is None or len(days) == 1 or sum(map(rows.get, days)) <= limit for days in held if days)  # type: ignore[arg-type]


def test_two_stretches_beside_each_other_would_be_too_many_rows_for_one() -> None:
    rows = {"2025-07-01": 2, "2025-07-02": 2, "2025-07-04": 1, "2025-07-09": 5}
    limits = [(stretch.first, stretch.end) for stretch in stretches(rows, 4)]
    assert limits == [(None, "2025-07-04"), ("2025-07-04", "2025-07-09"), ("2025-07-09", None)]


def test_a_table_is_the_same_in_stretches_of_a_day(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c1", "c2")
    world.sessions(*((f"{c}{day}", c, f"2025-07-{day:02}T10:00:00Z") for c in ("c1", "c2") for day in (1, 2, 9)))
    world.write(
        "events/e.parquet",
        [
            {
                "event_id": f"e{day}",
                "customer_id": "c1",
                "occurred_at": f"2025-07-{day:02}",
                "event_type": "play",
                "track_id": "t",
            }
            for day in (2, 3, 5)
        ],
    )
    tables = [
        "customer_day",
        "customer_device_day",
        "customer_event_day",
        "track_daily",
        "star_customer_day",
        "activity_5m",
    ]

    def rebuilt(limit: int | None) -> tuple[list[Any], int]:
        with (
            patch.object(DuckDB, "rows_at_once", limit),
            patch.object(DuckDB, "write", autospec=True, side_effect=DuckDB.write) as write,
        ):
            world.run(full=True)
        return [world.read(f"gold.{name}") for name in tables], write.call_count

    at_once, few = rebuilt(None)
    by_day, many = rebuilt(1)
    assert by_day == at_once
    assert many > few
