"""What is promised is looked for: a wrong row of each kind is found, and keeps its table from being published."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from tests.conftest import World, later

from backbeat import content
from backbeat.engines.duckdb import DuckDB
from backbeat.errors import CheckFailed, UsageError


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """Forty customers over ten weeks, some of whom pay."""
    world = new_world()
    world.customers(*(f"c{n}" for n in range(40)), signup_date="2025-06-01", country="SE")
    days = [f"2025-{month:02}-{day:02}" for month in (6, 7, 8) for day in range(1, 29, 3)]
    world.sessions(
        *(
            (f"{n}-{day}", f"c{n}", f"{day}T10:00:00Z")
            for n in range(40)
            for i, day in enumerate(days)
            if i % (n + 1) < 2
        )
    )
    world.write(
        "subscriptions/s.parquet",
        [
            {"customer_id": f"c{n}", "effective_start_date": "2025-06-10", "subscription_type": "premium"}
            for n in range(9)
        ],
    )
    world.run(close=True)
    return world


def test_a_sound_lake_passes(world: World) -> None:
    assert world.failures() == []


BREAKS = {
    "gold.daily_engagement: mau >= wau >= dau": "select * replace (dau + 1000 as dau)",
    "gold.daily_engagement: mau is new, returning and resurrected customers": "select * replace (resurrected + 1 as resurrected)",
    "gold.daily_engagement: mau grows by new and resurrected customers, less dormant ones, in 28 days": "select * replace (dormant + 1 as dormant)",
    "gold.daily_engagement: stickiness is dau over mau": "select * replace (stickiness / 2 as stickiness)",
    "gold.active_days: customers of all numbers of days are wau and mau": "select * replace (mau + 1 as mau)",
    "gold.retention_weekly: retained <= retained_or_later <= cohort": "select * replace (retained_or_later + 1 as retained_or_later)",
    "gold.retention_weekly: retained_or_later never grows from week to week": "select * replace (weeks_since as retained_or_later)",
    "gold.retention_weekly: slices divide a cohort": "select * replace (case when slice = 'all' then retained + 1 else retained end as retained)",
    "gold.funnel: no step has more customers than the one before": "select * replace (case when step = 'paid' then 99 else customers end as customers)",
    "gold.funnel: every cohort has all four steps": "select * replace ('paid' as step)",
    "gold.conversion: no more converted than were free": "select * replace (free_at_start + 1 as converted)",
    "gold.kpis: a numerator is part of its denominator": "select * replace (denominator + 1 as numerator)",
    "gold.plan_periods: periods of a customer do not overlap": "select * replace (null as valid_to) union all select * replace (valid_from + interval 1 day as valid_from)",
    "gold.feature_adoption: no more adopters than may use it": "select * replace (eligible + 1 as adopters)",
    "gold.activity_5m: no more customers than sessions": "select * replace (sessions + 1 as customers)",
}


@pytest.mark.parametrize("check", BREAKS)
def test_a_broken_promise_is_found(world: World, check: str) -> None:
    """A table is shown with wrong rows in its place."""
    from backbeat.measure.check import _declared, _result

    lake = world.open()
    lake.show_published()
    (found,) = [each for each in _declared() if each.name == check]
    assert _result(lake.house, found)["passed"]
    shown = "gold.daily_engagement" if "wau and mau" in check else check.partition(":")[0]
    lake.house.engine.execute(f"create temp table kept as from {shown}")
    parts = [f"{part} from kept" for part in BREAKS[check].split(" union all ")]
    lake.house.engine.execute(f"create or replace view {shown} as {' union all '.join(parts)}")
    assert not _result(lake.house, found)["passed"]


@pytest.mark.parametrize(
    ("customers", "rate"),
    [("case when step = 'paid' then 99 else customers end", "rate_from_start"), ("customers", "rate_from_start + 1.5")],
    ids=["by rows beside each other", "by a row alone"],
)
def test_a_broken_promise_keeps_its_table_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, customers: str, rate: str
) -> None:
    funnel = content.tables()["funnel"]
    wrong = msgspec.structs.replace(
        funnel,
        sql=f"select cohort_month, step, {customers} as customers, {rate} as rate_from_start, "
        f"median_days, status, slice, slice_value from ({funnel.sql})",
    )
    monkeypatch.setattr(content, "tables", lambda: {**tables, "funnel": wrong})
    before = world.read("gold.funnel")
    with pytest.raises(CheckFailed, match=r"gold\.funnel keeps its last good version"):
        world.run()
    assert world.read("gold.funnel") == before


def test_a_key_that_comes_twice_keeps_its_table_as_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    days = content.tables()["customer_day"]
    twice = msgspec.structs.replace(
        days, sql=f"select * from ({days.sql}) union all select * from ({days.sql}) where customer_id = 'c0'"
    )
    monkeypatch.setattr(content, "tables", lambda: {**tables, "customer_day": twice})
    before = world.read("gold.customer_day")
    many = sum(row["customer_id"] == "c0" for row in before)
    with pytest.raises(CheckFailed, match=f"one row per customer and day: {many} bad rows"):
        world.run()
    assert world.read("gold.customer_day") == before


def test_kpis_are_counted_again_from_silver(new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever table between silver and them is wrong, and by the slices, too."""
    world = new_world()
    world.customers("a", "b", "c", country="SE")
    world.sessions(("1", "a", "2025-07-01"), ("2", "b", "2025-07-01"), ("3", "c", "2025-07-02"))
    days = content.tables()["customer_device_day"]
    wrong = msgspec.structs.replace(days, sql=f"select * from ({days.sql}) where customer_id <> 'a'")
    with monkeypatch.context() as patched:
        patched.setattr(content, "tables", lambda: {**tables, "customer_device_day": wrong})
        world.run(close=True)
    recounted = [name for name in world.failures() if "counted again from silver" in name]
    assert len(recounted) == 1


def test_keys_whose_hashes_meet_by_chance_are_no_fault(world: World) -> None:
    with patch.object(DuckDB, "hashed", return_value="1") as hashed:
        built = world.run(full=True).built
    assert hashed.call_count == len(built.rebuilt)


tables = dict(content.tables())


def test_a_metric_that_says_something_else_than_its_words_is_found(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own text agrees with itself; the one straight from silver does not."""
    metrics: dict[str, Any] = dict(content.metrics())
    wrong = metrics["engaged_rate"].sql.replace(">=", ">")
    changed = {**metrics, "engaged_rate": msgspec.structs.replace(metrics["engaged_rate"], sql=wrong)}
    world = new_world(engaged_sessions=1)
    world.customers("a", "b")
    world.sessions(("s1", "a", "2025-07-01"), ("s2", "b", "2025-07-01"), ("s3", "b", "2025-07-02"))
    world.run()
    assert world.failures() == []
    monkeypatch.setattr(content, "metrics", lambda: changed)
    world.sessions(("s4", "b", "2025-07-03"), path="sessions/2.parquet", at=later(1))
    world.run()
    failed = [check for check in world.failures() if "counted again" in check]
    assert failed == ["metrics.engaged_rate: 4 windows counted again straight from silver"]


@pytest.mark.parametrize("name", content.metrics())
def test_every_metric_has_a_second_text(name: str) -> None:
    assert content.metrics()[name].recount
    reads = content.reads(content.metrics()[name].recount)
    assert {table for table in reads if not table.startswith("silver.")} == {"gold.excluded_customers"}


def test_a_lake_from_before_a_table_was_there_says_what_to_type(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.customers("a")
    world.sessions(("s", "a", "2025-07-01T10:00:00Z"))
    world.run()
    known = content.tables()
    grown = {**known, "later_days": msgspec.structs.replace(known["plan_days"], name="later_days")}
    monkeypatch.setattr(content, "tables", lambda: grown)
    with pytest.raises(UsageError, match=r"the lake has no gold\.later_days yet: type `backbeat run`"):
        world.open().check()
