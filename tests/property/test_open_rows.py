"""Days that come late, in any order: what a run computes beside the rows that stand is what it computes of everything."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import World, later
from tests.relaxed import RELAXED

from backbeat import content
from backbeat.api import Lake
from backbeat.build.plan import Change
from backbeat.build.run import build_values, table_select
from backbeat.build.standing import moved_rows
from backbeat.lake.clock import Clock

BEGIN, DAYS = date(2025, 1, 20), 130
OPEN = [name for name, table in content.tables().items() if table.open]


@settings(max_examples=1, **RELAXED)
@given(random=st.randoms(use_true_random=False), zone=st.sampled_from(["UTC", "America/St_Johns"]))
def test_late_days_give_what_everything_gives(random: Random, zone: str) -> None:
    assert_same(random, zone, runs=3)


@pytest.mark.long
@settings(max_examples=5, **RELAXED)
@given(random=st.randoms(use_true_random=False), zone=st.sampled_from(["UTC", "America/St_Johns"]))
def test_many_late_days(random: Random, zone: str) -> None:
    assert_same(random, zone, runs=6)


def assert_same(random: Random, zone: str, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), timezone=zone)
        for run, files in enumerate(deliveries(random, runs)):
            for path, rows in files:
                world.write(path, rows, at=datetime(2025, 9, 1, run, tzinfo=UTC))
            report = world.run(close=random.random() < 0.2)
            assert run == 0 or any(report.built.rebuilt[name].dates for name in OPEN if name in report.built.rebuilt)
            assert [name for name in OPEN if differs(world, name, report.clock)] == [], run


@pytest.mark.long
def test_events_that_begin_later_change_every_day(world: World) -> None:
    """Whether anybody can have listened is known once there is an event, and no more when there is none."""
    world.customers("a")
    days = [BEGIN + timedelta(days=n) for n in range(60)]
    world.sessions(*((f"s{n}", "a", f"{day}T10:00:00Z") for n, day in enumerate(days)))
    world.run()
    event = {"event_id": "e", "customer_id": "a", "event_type": "play", "occurred_at": f"{days[-1]}T10:00:00Z"}
    world.write("events/1.parquet", [event], at=later(1))
    clock = world.run().clock
    assert [name for name in OPEN if differs(world, name, clock)] == []
    world.open().retract(["events/1.parquet"])
    assert [name for name in OPEN if differs(world, name, clock)] == []


def test_what_was_never_published_is_computed_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run dies between its commits and its last note; by then rows of a new customer, and of other columns, are there."""
    world.customers("a", "b", "c")
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"))
    world.run()
    world.sessions(("2", "b", "2025-07-05T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    device_day = content.tables()["customer_device_day"]
    columns = (*device_day.columns, "twice")
    other = msgspec.structs.replace(device_day, columns=columns, sql=f"select *, 2 as twice from ({device_day.sql})")
    with monkeypatch.context() as patch:
        patch.setattr(content, "tables", lambda known=content.tables(): {**known, "customer_device_day": other})
        patch.setattr(Lake, "_finish", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.run()
    world.sessions(("3", "c", "2025-07-07T10:00:00Z"), path="sessions/3.parquet", at=later(2))
    clock = world.run().clock
    assert world.pairs("gold.first_sessions", "customer_id", "first_date") == {
        "a": date(2025, 7, 1),
        "b": date(2025, 7, 5),
        "c": date(2025, 7, 7),
    }
    assert [name for name in [*OPEN, "customer_device_day", "customer_day"] if differs(world, name, clock)] == []
    assert len(world.read("gold.first_sessions")) == 3


def test_tables_below_see_every_row_that_moved() -> None:
    clock = Clock(datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 10, 12, tzinfo=UTC), None, ZoneInfo("UTC"))
    one_day = Change(frozenset({"2025-07-05"}), "")
    moved = moved_rows(content.tables()["daily_engagement"], one_day, clock, {})
    assert moved.dates == frozenset(f"2025-07-{n:02}" for n in range(5, 11))
    assert moved_rows(content.tables()["customer_day"], one_day, clock, {}) == one_day


def differs(world: World, name: str, clock: Clock) -> bool:
    """Whether an open table is other than what its text gives over everything that is published."""
    opened = world.open()
    opened.show_published()
    engine = opened.house.engine
    engine.keep_own("computed", table_select(opened.house, content.tables()[name], build_values(opened.house, clock)))
    return not engine.same("computed", f"gold.{name}")


def deliveries(random: Random, runs: int) -> Iterator[list[tuple[str, list[dict[str, Any]]]]]:
    """Files of days, most of them with the first run; each later run has a day or two that were held back."""
    days = [BEGIN + timedelta(days=n) for n in range(DAYS) if random.random() < 0.3]
    held = random.sample(days, 2 * runs) + days[-random.randint(1, 3) :]
    first = [file for day in days if day not in held for file in files_of(random, day)]
    yield [
        *together(first),
        ("customers/c.parquet", customers(random)),
        ("subscriptions/s.parquet", subscriptions(random)),
    ]
    for _ in range(runs - 1):
        taken = [held.pop(random.randrange(len(held))) for _ in range(random.randint(1, 2))]
        yield [file for day in {*taken} for file in files_of(random, day)]


def together(files: list[tuple[str, list[dict[str, Any]]]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The same rows, a file a source."""
    for source in ("sessions", "events"):
        rows = [row for path, found in files if path.startswith(source) for row in found]
        if rows:
            yield f"{source}/first.parquet", rows


def files_of(random: Random, day: date) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A day's sessions and events: seven customers of whom the last is unknown, rare event types now and then."""
    came = random.sample(range(8), random.randint(1, 3))
    yield f"sessions/{day}.parquet", [
        {"session_id": f"{day}{n}", "customer_id": f"c{n}", "started_at": f"{day}T{random.randint(0, 23):02}:30:00Z",
         "device": random.choice(["ios", "web"])} for n in came
    ]  # fmt: skip
    if random.random() < 0.6:
        types = [*["play"] * 6, "like", "download", "skip", random.choice(["Home", "share"])]
        yield f"events/{day}.parquet", [
            {"event_id": f"{day}e{n}", "customer_id": f"c{random.randrange(8)}", "event_type": random.choice(types),
             "occurred_at": f"{day}T{random.randint(0, 23):02}:40:00Z", "track_id": "t", "ms_played": 31_000}
            for n in range(random.randint(1, 4))
        ]  # fmt: skip


def customers(random: Random) -> list[dict[str, Any]]:
    def joined() -> str | None:
        return random.choice([None, str(BEGIN + timedelta(days=random.randint(-20, DAYS)))])

    return [{"customer_id": f"c{n}", "signup_date": joined(), "country": random.choice(["SE", "DE"])} for n in range(7)]


def subscriptions(random: Random) -> list[dict[str, Any]]:
    def row(n: int) -> dict[str, Any]:
        begin = BEGIN + timedelta(days=random.randint(-10, DAYS))
        end = random.choice([None, str(begin + timedelta(days=random.randint(0, 60)))])
        kind = random.choice(["premium", "free", "trial"])
        return {"customer_id": f"c{n % 7}", "effective_start_date": str(begin), "effective_end_date": end,
                "subscription_type": kind}  # fmt: skip

    return [row(n) for n in range(10)]
