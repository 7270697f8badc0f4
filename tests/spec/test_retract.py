"""Retracted files: silver, quarantine and gold are as if they had never come, and they don't come back by themselves."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.conftest import World, later

from backbeat.errors import UsageError

ALIKE = {
    "silver.customers": "* exclude (_batch_id, _ingested_at)",
    "silver.sessions": "* exclude (_batch_id, _ingested_at)",
    "silver.events": "* exclude (_batch_id, _ingested_at)",
    "ops.quarantine": "* exclude (batch_id, quarantined_at)",
    "gold.activity_5m": "* exclude (late_sessions)",
    **dict.fromkeys(("gold.customer_day", "gold.customer_device_day", "gold.kpis", "gold.plan_periods"), "*"),
    **dict.fromkeys(("gold.daily_engagement", "gold.retention_weekly", "gold.feature_adoption", "gold.funnel"), "*"),
}


def fill(world: World, *, with_wrong: bool) -> World:
    """Customers and sessions; the wrong file repeats a key of a good one, has new ones, and a bad row."""
    world.customers("a", "b")
    world.sessions(("s1", "a", "2025-07-01"), ("s2", "b", "2025-07-03"), ("s2", "b", "2025-07-04"))
    events = [{"event_id": "e1", "customer_id": "a", "event_type": "play", "occurred_at": "2025-07-01"}]
    world.write("events/good.parquet", events)
    if with_wrong:
        wrong = [("s1", "a", "2025-07-02"), ("s3", "a", "2025-07-05"), ("bad", "b", "never")]
        world.sessions(*wrong, path="sessions/wrong.parquet", at=later(1))
        more = [{"event_id": "e2", "customer_id": "b", "event_type": "play", "occurred_at": "2025-07-09"}]
        world.write("events/wrong/e.parquet", more, at=later(1))
    world.run()
    return world


@pytest.fixture(scope="module")
def without(new_world: Callable[..., World]) -> World:
    return fill(new_world(), with_wrong=False)


@pytest.fixture(scope="module")
def retracted(new_world: Callable[..., World]) -> World:
    world = fill(new_world(), with_wrong=True)
    world.open().retract(["sessions/wrong.parquet", "events/wrong"])
    return world


@pytest.mark.parametrize("table", ALIKE)
def test_a_table_is_as_if_the_files_had_never_come(retracted: World, without: World, table: str) -> None:
    assert retracted.read(table, ALIKE[table]) == without.read(table, ALIKE[table])


def test_a_row_that_had_lost_comes_back(retracted: World) -> None:
    found = {row["session_id"]: row["session_date"] for row in retracted.read("silver.sessions")}
    assert found == {"s1": date(2025, 7, 1), "s2": date(2025, 7, 4)}


def test_the_files_stay_listed_and_are_not_taken_again(retracted: World) -> None:
    before = retracted.read("ops.files")
    assert {row["path"] for row in before if row["state"] == "retracted"} == {
        "sessions/wrong.parquet",
        "events/wrong/e.parquet",
    }
    retracted.run()
    assert retracted.read("ops.files") == before


def test_the_status_counts_what_is_in_quarantine_now(retracted: World) -> None:
    assert retracted.sql("select sum(rows_quarantined) as n from ops.batches") == [{"n": 1}]
    assert {row["rows_in_quarantine"] for row in retracted.open().status().sources} == {0}


def test_the_ledger_adds_up(retracted: World) -> None:
    kept = retracted.sql(
        "select source, sum(rows_accepted - rows_replaced) as n from ops.batches group by 1 order by 1"
    )
    assert {row["source"]: row["n"] for row in kept if row["source"]} == {"customers": 2, "sessions": 2, "events": 1}
    reads = retracted.sql("select rows_read - rows_accepted - rows_quarantined - rows_duplicate as n from ops.batches")
    assert {row["n"] for row in reads} == {0}


def test_all_files_of_a_batch(world: World) -> None:
    fill(world, with_wrong=True)
    (batch,) = {row["batch_id"] for row in world.read("ops.files") if row["path"] == "sessions/wrong.parquet"}
    world.open().retract(batch=batch)
    assert not {"s1", "s2", "s3"} & set(world.column("silver.sessions", "session_id"))
    assert {row["state"] for row in world.read("ops.files") if row["batch_id"] == batch} == {"retracted"}


@pytest.mark.parametrize("name", ["it's", "a\\'b", "a\\nb", "${x} :y"])
def test_a_name_that_is_no_plain_text_in_sql(world: World, name: str) -> None:
    world.write("customers/c.parquet", [{"customer_id": "a", "country": "SE"}])
    wrong = world.write("customers/w.parquet", [{"customer_id": "a", "country": "XX"}], at=later(1))
    wrong.rename(wrong.with_name(f"{name}.parquet"))
    world.ingest()
    world.open().retract([f"customers/{name}.parquet"])
    assert world.column("silver.customers", "country") == ["SE"]
    assert world.pairs("ops.files", "path", "state")[f"customers/{name}.parquet"] == "retracted"
    assert len(world.read("ops.files")) == 2
    assert world.ingest().batches == ()


def test_only_the_content_that_a_batch_brought(world: World) -> None:
    world.customers("a", "b", path="customers/c.parquet")
    world.run()
    world.write("customers/c.parquet", [{"customer_id": "c"}, {"customer_id": None}], at=later(1))
    (wrong,) = world.run().taken.batches
    world.open().retract(batch=wrong.batch_id)
    assert world.column("silver.customers", "customer_id") == ["a", "b"]
    assert world.read("ops.quarantine") == []
    (first,) = {row["batch_id"] for row in world.read("ops.files") if row["state"] == "taken"}
    world.write("customers/c.parquet", [{"customer_id": "d"}], at=later(2))
    world.run()
    world.open().retract(batch=first)
    assert world.column("silver.customers", "customer_id") == ["d"]


def test_a_file_that_changes_after_that_is_taken(retracted: World) -> None:
    retracted.sessions(("s9", "a", "2025-07-06"), path="sessions/wrong.parquet", at=later(9))
    retracted.run()
    assert "s9" in retracted.column("silver.sessions", "session_id")
    retracted.open().retract(["sessions/wrong.parquet"])
    assert "s9" not in retracted.column("silver.sessions", "session_id")


def test_sessions_are_derived_again_once_the_sessions_are_retracted(world: World) -> None:
    fill(world, with_wrong=False)
    world.open().retract(["sessions"])
    assert [row["customer_id"] for row in world.read("silver.sessions")] == ["a"]


@pytest.mark.parametrize("question", [{"paths": ["sessions/nope.parquet"]}, {"batch": 99}])
def test_what_the_ledger_does_not_know(retracted: World, question: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        retracted.open().retract(**question)
