"""Each fault of the notebook that this grew from, pinned: here it can't come back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from tests.conftest import World, later, utc

import backbeat
from backbeat import content
from backbeat.predict.frame import Reader

pytestmark = pytest.mark.usefixtures("no_stars")


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """Three customers to 31 July: one listens and pays, one listens, one only pays."""
    world = new_world()
    world.customers("listens and pays", "listens", "only pays")
    sessions = [(f"{n}", "listens", f"2025-07-31T10:0{n}:00Z") for n in range(4)]
    world.sessions(("p", "listens and pays", "2025-07-31T12:00:00Z"), *sessions)
    paid = {"subscription_type": "premium", "effective_start_date": "2025-01-01"}
    last_day = {"subscription_type": "premium", "effective_start_date": "2025-07-31T15:00:00Z"}
    world.write(
        "subscriptions/s.parquet",
        [{"customer_id": "only pays", **paid}, {"customer_id": "listens and pays", **last_day}],
    )
    world.run(close=True)
    return world


def test_the_numerator_of_paid_share_is_a_subset_of_the_actives(world: World) -> None:
    """The notebook counted every payer: here `only pays` counts on neither side."""
    assert _default(world, "paid_share") == (1, 2)


def test_a_subscription_that_starts_on_the_last_day_counts(world: World) -> None:
    """The notebook compared with that day's midnight, and lost whoever began to pay later in the day."""
    assert _default(world, "paid_share") == (1, 2)
    assert _default(world, "paid_share_at_end") == (1, 2)


def test_microsecond_epochs_are_read_as_microseconds(new_world: Callable[..., World]) -> None:
    """The notebook took every long number for milliseconds, and put these sessions into the year 57469."""
    world = new_world()
    world.customers("c")
    at = utc("2025-07-01 10:30")
    micros = int(at.timestamp()) * 1_000_000
    world.write("sessions/s.parquet", [{"session_id": "us", "customer_id": "c", "ts": micros}])
    world.write("sessions/t.parquet", [{"session_id": "ms", "customer_id": "c", "ts": micros // 1000}])
    world.run()
    assert world.pairs("silver.sessions", "session_id", "started_at") == {"us": at, "ms": at}


def test_a_window_never_has_more_customers_than_sessions(world: World) -> None:
    """The notebook's approximate distinct count could: four sessions of one customer are one customer here."""
    row = next(row for row in world.read("gold.activity_5m") if row["window_start"] == utc("2025-07-31 10:00"))
    assert (row["sessions"], row["customers"]) == (4, 1)
    assert not [row for row in world.read("gold.activity_5m") if (row["customers"] or 0) > (row["sessions"] or 0)]


def test_the_last_hour_is_emitted(new_world: Callable[..., World]) -> None:
    """The notebook's stream kept windows back until the watermark passed, and never emitted its last hour."""
    world = new_world()
    world.customers("c")
    world.sessions(
        *[(f"{n}", "c", (utc("2025-07-01 10:00") + timedelta(minutes=5 * n)).isoformat()) for n in range(25)]
    )
    world.run()
    rows = world.read("gold.activity_5m")
    assert [row["sessions"] for row in rows] == [1] * 25
    assert [row["status"] for row in rows] == ["final"] * 12 + ["provisional"] * 13
    world.run(close=True)
    assert [row["status"] for row in world.read("gold.activity_5m")] == ["final"] * 25


def test_one_row_from_the_future_does_not_drop_what_comes_after_it(new_world: Callable[..., World]) -> None:
    """In the notebook's stream one row stamped 2099 moved the watermark, and all that followed was late."""
    world = new_world()
    world.customers("c")
    world.sessions(("wrong", "c", "2099-01-01"), ("right", "c", "2025-07-01"), path="sessions/1.parquet")
    world.run()
    world.sessions(("after", "c", "2025-07-02"), path="sessions/2.parquet", at=later(1))
    world.run()
    assert world.column("silver.sessions", "session_id") == ["after", "right"]
    assert set(world.column("gold.activity_5m", "late_sessions")) == {0}


def test_quiet_traffic_raises_no_alert_a_week() -> None:
    """Thirty days of counts round a curve of hours, three times."""
    hours = 45 * (1.6 + np.sin(2 * np.pi * (np.arange(24) - 9) / 24))
    expected, times = (
        hours[np.arange(8640) // 12 % 24],
        [utc("2025-07-01") + timedelta(minutes=5 * n) for n in range(8640)],
    )
    incidents = 0
    for seed in range(3):
        values = np.random.default_rng(seed).poisson(expected)
        breaches = np.flatnonzero(backbeat.detect(times, values)["is_breach"].to_numpy())
        incidents += int(len(breaches) > 0) + int(np.sum(np.diff(breaches) > 3))
    assert incidents / 3 <= 30 / 7
    old = backbeat.detect(times, values, "percentile")["is_breach"].to_numpy()
    assert old.mean() > 0.07, "the notebook's rule, for comparison"


def test_the_label_is_not_one_of_its_own_features(new_world: Callable[..., World]) -> None:
    """The notebook foretold "at least 80 sessions" from the very count of these sessions."""
    world = new_world()
    world.customers("before", "after")
    world.sessions(
        *[(f"{n}", "before", "2025-07-01T10:00:00Z") for n in range(3)], ("3", "after", "2025-07-02T10:00:00Z")
    )
    world.run(close=True)
    lake = world.open()
    reader = Reader(lake.house, lake.show_published(), content.labels()["engaged"], horizon=1, sessions=1)
    frame = reader.frame(date(2025, 7, 1), ["sessions_1", "sessions_56"], 10, 1)
    found = dict(zip(frame.customers.to_pylist(), zip(frame.x.tolist(), frame.y.tolist(), strict=True), strict=True))
    assert found == {"before": ([3.0, 3.0], False), "after": ([0.0, 0.0], True)}


def _default(world: World, metric: str) -> tuple[Any, Any]:
    rows = world.sql(f"from gold.kpis where metric = '{metric}' and window_kind = 'default' and slice = 'all'")
    return rows[0]["numerator"], rows[0]["denominator"]
