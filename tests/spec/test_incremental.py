"""A run does what is new, and nothing else; many runs make what one run makes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.conftest import World, later, utc

from backbeat.build import standing
from backbeat.errors import UsageError
from backbeat.lake import ledger, schemas

HISTORY_COLUMNS = {"late_sessions", "_batch_id", "_ingested_at"}
DATA = ("silver.customers", "silver.sessions", "silver.events", "silver.subscriptions", "silver.tracks",
        "gold.customer_day", "gold.customer_device_day", "gold.plan_periods", "gold.activity_5m", "gold.kpis",
        "gold.kpi_summary", "gold.sessions_histogram", "gold.dates")  # fmt: skip


def write_first(world: World) -> None:
    world.customers("a", "b", path="customers/1.parquet")
    world.sessions(("s1", "a", "2025-07-01T10:00:00Z"), ("s2", "b", "2025-07-20T12:00:00Z"), path="sessions/1.parquet")
    world.write(
        "events/1.parquet", [event("e1", "a", "2025-07-01T10:01:00Z"), event("e2", "b", "2025-07-20T12:01:00Z")]
    )
    world.write("subscriptions/1.parquet", [{"customer_id": "a", "effective_start_date": "2025-06-01"}])


def write_second(world: World) -> None:
    """Late sessions of 3 July and 20 July, a newer row of s1, a new customer, a play of 5 July."""
    late = [
        ("s3", "a", "2025-07-03T10:00:00Z"),
        ("s1", "a", "2025-07-02T10:00:00Z"),
        ("s4", "b", "2025-07-20T12:30:00Z"),
    ]
    world.sessions(*late, path="sessions/2.parquet", at=later(1))
    world.customers("c", path="customers/2.parquet")
    world.write("events/2.parquet", [event("e3", "a", "2025-07-05T10:01:00Z")], at=later(1))


def event(id: str, customer: str, at: str) -> dict[str, Any]:
    return {"event_id": id, "customer_id": customer, "event_type": "play", "occurred_at": at, "ms_played": 200000}


@pytest.fixture(scope="module")
def grown(new_world: Callable[..., World]) -> World:
    """Two runs with files, and the versions of all tables before and after runs without."""
    world = new_world()
    write_first(world)
    world.run()
    world.first = world.versions()  # type: ignore[attr-defined]
    world.report = world.run()  # type: ignore[attr-defined]
    world.idle = world.versions()  # type: ignore[attr-defined]
    write_second(world)
    world.run()
    world.second = world.versions()  # type: ignore[attr-defined]
    return world


def test_a_second_run_reads_nothing_and_rewrites_nothing(grown: Any) -> None:
    assert grown.report.taken.batches == ()
    assert grown.report.built is None
    assert grown.idle == grown.first


def test_late_files_only_touch_their_dates(grown: Any) -> None:
    """Files of a partition are the same ones as before, where nothing new falls on it."""
    assert changed_dates(grown, "gold.customer_day") == {
        "2025-07-01",
        "2025-07-02",
        "2025-07-03",
        "2025-07-05",
        "2025-07-20",
    }
    assert changed_dates(grown, "gold.customer_device_day") == {"2025-07-01", "2025-07-02", "2025-07-03", "2025-07-20"}
    assert changed_dates(grown, "silver.sessions") == {"2025-07-01", "2025-07-02", "2025-07-03", "2025-07-20"}
    assert "2025-07-10" not in changed_dates(grown, "gold.activity_5m")


def test_tables_that_nothing_new_touches_stand(grown: Any) -> None:
    for table in ("silver.subscriptions", "silver.tracks", "gold.dates"):
        assert grown.second[table] == grown.first[table]


@pytest.mark.parametrize("table", DATA)
def test_many_runs_make_what_one_run_makes(grown: World, at_once: World, table: str) -> None:
    assert without_history(grown.read(table)) == without_history(at_once.read(table))


@pytest.fixture(scope="module")
def at_once(new_world: Callable[..., World]) -> World:
    world = new_world()
    write_first(world)
    write_second(world)
    world.run()
    return world


def test_a_full_rebuild_makes_the_same(grown: World) -> None:
    before = {table: grown.read(table) for table in DATA}
    grown.run(full=True)
    assert {table: grown.read(table) for table in DATA} == before


def test_files_of_a_lake_s_first_run_are_never_late(at_once: World) -> None:
    assert set(at_once.column("gold.activity_5m", "late_sessions")) == {0}
    assert {row["rows_late"] for row in at_once.read("ops.batches")} == {0}


def test_late_sessions_are_counted_where_their_window_was_final(grown: World) -> None:
    """s1 and s3 came after their windows were final; that of s4, 12:30, was not: the watermark stood at 11:00."""
    late = {row["window_start"]: row["late_sessions"] for row in grown.read("gold.activity_5m") if row["late_sessions"]}
    assert late == {utc("2025-07-02 10:00"): 1, utc("2025-07-03 10:00"): 1}
    assert max(row["rows_late"] for row in grown.read("ops.batches")) == 2


def test_a_batch_keeps_the_gold_versions_that_it_published(grown: World) -> None:
    import json

    last = grown.sql("select gold_versions from ops.batches order by batch_id desc limit 1")[0]["gold_versions"]
    now = grown.versions()
    built = {name for name in now if name.startswith("gold.")} - set(schemas.WRITTEN)
    assert json.loads(last) == {name: now[name] for name in built}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_first(world)
    world.run()
    before = world.versions()
    assert world.open().dry_run() == []
    world.sessions(("s9", "a", "2025-07-09"), path="sessions/9.parquet", at=later(1))
    world.write_bytes("sessions/bad.parquet", b"", at=later(1))
    rows = {(row["what"], row["name"]): row for row in world.open().dry_run()}
    assert rows["read", "sessions"]["rows"] == 1
    assert rows["read", "sessions"]["dates"] == "2025-07-09"
    assert ("reject", "sessions/bad.parquet") in rows
    assert ("rebuild", "gold.customer_day") in rows
    assert ("rebuild", "gold.plan_periods") not in rows
    assert world.versions() == before


def test_a_dry_run_names_the_days_that_rows_leave_and_what_the_run_then_does(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_first(world)
    world.run()
    moved = world.read("silver.sessions")[0]
    world.sessions((moved["session_id"], "a", "2025-07-19"), path="sessions/moved.parquet", at=later(1))
    world.write("sessions/lacking.parquet", [{"session_id": "s"}], at=later(1))
    told = {(row["what"], row["name"]): row["dates"] for row in world.open().dry_run()}
    before = world.versions()
    world.run()
    assert ("reject", "sessions/lacking.parquet") in told
    assert told["read", "sessions"] == f"2 days, {moved['session_date']}..2025-07-19"
    assert told["rebuild", "gold.customer_day"] == told["read", "sessions"]
    built = {name for name, version in world.versions().items() if name[:4] == "gold" and version != before[name]}
    assert built - set(schemas.WRITTEN) <= {name for what, name in told if what == "rebuild"}


def test_a_dry_run_without_a_lake_makes_none(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_first(world)
    assert ("rebuild", "gold.kpis") in {(row["what"], row["name"]) for row in world.open().dry_run()}
    assert not world.lake.exists()


def test_a_dry_run_says_that_sessions_will_be_derived(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.write("events/e.parquet", [{"event_id": "e", "customer_id": "a", "occurred_at": "2025-07-02"}])
    told = {(row["what"], row["name"]) for row in world.open().dry_run()}
    assert {("derive", "sessions"), ("rebuild", "gold.customer_device_day")} <= told


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_that_no_calendar_needs_are_not_rebuilt(world: World, day: date) -> None:
    with pytest.raises(UsageError, match="between 1900-01-01 and 2999-12-31"):
        world.open().run(rebuild=[day])


def test_days_are_rebuilt_on_demand(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_first(world)
    world.run()
    tables = {table: world.read(table) for table in DATA}
    before = world.versions()
    day = world.read("silver.sessions")[0]["session_date"]
    world.open().run(rebuild=[day])
    after = world.versions()
    assert after["gold.customer_day"] > before["gold.customer_day"]
    assert after["gold.kpis"] > before["gold.kpis"]
    assert after["gold.plan_periods"] == before["gold.plan_periods"]
    house = world.open().house
    old, new = (
        {f.path: f.partition["activity_date"] for f in house.table("gold.customer_day").files(v["gold.customer_day"])}
        for v in (before, after)
    )
    assert {old[path] for path in old.keys() - new.keys()} == {str(day)}
    for table in DATA:
        assert without_history(world.read(table)) == without_history(tables[table])


def test_batches_of_few_rows_make_the_same(at_once: World, new_world: Callable[..., World]) -> None:
    world = new_world(batch_rows=1)
    write_first(world)
    write_second(world)
    world.run()
    assert len(world.read("ops.batches")) > len(at_once.read("ops.batches"))
    for table in DATA:
        assert without_history(world.read(table)) == without_history(at_once.read(table))


def test_dates_reach_from_the_first_session_s_year_to_the_last_one_s(at_once: World) -> None:
    days = at_once.column("gold.dates", "date")
    assert (days[0], days[-1], len(days)) == (date(2025, 1, 1), date(2025, 12, 31), 365)


def changed_dates(world: Any, table: str) -> set[str]:
    """The dates whose files are others than after the first run."""
    house = world.open().house
    column = house.partition(table)
    old, new = (
        {(f.path, f.partition[column]) for f in house.table(table).files(v[table])} for v in (world.first, world.second)
    )
    return {day for _, day in old ^ new}


def without_history(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in HISTORY_COLUMNS} for row in rows]


@pytest.mark.parametrize("source", ["sessions", "events", "customers"])
def test_a_file_that_is_rejected_at_reading_rebuilds_nothing(world: World, source: str) -> None:
    world.customers("c")
    if source == "events":
        world.write("events/e.parquet", [{"event_id": "e", "customer_id": "c", "occurred_at": "2025-07-01"}])
    else:
        world.sessions(("s", "c", "2025-07-01"))
    world.run()
    before = world.versions()
    world.write(f"{source}/no key.parquet", [{"colour": "red"}], at=later(1))
    report = world.run()
    assert [record.path for record in report.taken.rejected] == [f"{source}/no key.parquet"]
    assert report.built is None or report.built.rebuilt == {}
    after = world.versions()
    assert {name for name in after if name.startswith("gold.") and after[name] != before[name]} == set()


def test_kpis_of_windows_that_no_new_day_touches_stand(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session of 3 August: what ended before it is read from the table, what ends later is counted anew."""
    world = new_world()
    world.customers("a", "b", signup_date="2025-01-01")
    world.sessions(("s1", "a", "2025-06-03"), ("s2", "b", "2025-07-20"), ("s3", "a", "2025-08-02T10:00:00Z"))
    world.run()
    counted = computed_windows(monkeypatch)
    world.sessions(("s4", "b", "2025-08-03T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    world.run()
    assert sorted(counted) == [
        ("default", "2025-08-03"),
        ("month", "2025-08-31"),
        ("previous", "2025-06-02"),
        ("trailing_28", "2025-08-31"),
    ]
    counted.clear()
    world.sessions(("s5", "b", "2025-06-20T10:00:00Z"), path="sessions/3.parquet", at=later(2))
    world.run()
    assert len(counted) == 7
    assert ("previous", "2025-06-02") not in counted
    grown = world.read("gold.kpis")
    world.run(full=True)
    assert world.read("gold.kpis") == grown


def test_files_of_rows_that_stand_are_not_written_again(world: World) -> None:
    """A session of each of many weeks, then one day more, and one more."""
    tables = ("gold.weeks_active", "gold.star_customer_features", "gold.first_sessions")
    world.customers("a", "b", "c", signup_date="2025-01-01")
    first = date(2025, 5, 5)
    world.sessions(*((f"s{week}", "a", f"{first + timedelta(weeks=week)}T10:00:00Z") for week in range(12)))
    world.write("events/1.parquet", [event(f"e{n}", "a", f"2025-0{5 + n}-10T10:00:00Z") for n in range(3)])
    world.run()
    standing = {table: files_of(world, table) for table in tables}
    for day, customer in ((28, "b"), (29, "c")):
        at = f"2025-07-{day}T10:00:00Z"
        world.sessions((f"t{day}", customer, at), path=f"sessions/{day}.parquet", at=later(day))
        world.write(f"events/{day}.parquet", [event(f"f{day}", customer, at)], at=later(day))
        world.run()
        for table in tables:
            standing[table] &= files_of(world, table)
            assert standing[table] and files_of(world, table) > standing[table], table
    grown = {table: world.read(table) for table in tables}
    world.run(full=True)
    assert {table: world.read(table) for table in tables} == grown


def test_a_table_of_many_commits_is_written_whole(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "MOST_COMMITS", 1)
    world = new_world()
    world.customers("a", "b", signup_date="2025-01-01")
    world.sessions(("s1", "a", "2025-05-05T10:00:00Z"), ("s2", "a", "2025-07-20T10:00:00Z"))
    world.run()
    before = files_of(world, "gold.weeks_active")
    assert len(before) == 2
    world.sessions(("s3", "b", "2025-07-28T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    world.run()
    assert before.isdisjoint(files_of(world, "gold.weeks_active"))
    grown = world.read("gold.weeks_active")
    assert len(grown) == 3
    world.run(full=True)
    assert world.read("gold.weeks_active") == grown


def files_of(world: World, table: str) -> set[str]:
    return {file.path for file in world.open().house.table(table).files()}


def computed_windows(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Kind and last day of each window whose KPIs are counted from here on."""
    from backbeat.engines.duckdb import DuckDB

    counted: list[tuple[str, str]] = []
    plain = DuckDB.bind

    def noting(engine: DuckDB, text: str, values: dict[str, Any] | None = None) -> str:
        if values and "window_kind" in values and "active_customers" in text:
            counted.append((values["window_kind"], str(values["to"])))
        return plain(engine, text, values)

    monkeypatch.setattr(DuckDB, "bind", noting)
    return counted


def test_tables_that_waited_see_one_that_comes_with_every_batch_only_now(new_world: Callable[..., World]) -> None:
    """A follower of an earlier version, killed, has left them behind, and does not say what they were built from of it."""
    world, straight = new_world(), new_world()
    for each in (world, straight):
        write_first(each)
    world.run()
    for each in (world, straight):
        each.write("events/2.parquet", [event("e3", "a", "2025-07-20T12:00:00Z") | {"event_type": "like"}], at=later(1))
    world.ingest()
    lake = world.open()
    lake._publish(only_batch=True)
    last = ledger.last_done(ledger.current(lake.house))
    assert last and last.built_from
    waiting = last.built_from["period"]
    known = {name: version for name, version in waiting["gold"].items() if name != "gold.customer_event_day"}
    ledger.record(lake.house, replace(last, built_from={**last.built_from, "period": {**waiting, "gold": known}}))
    for each in (world, straight):
        each.run(close=True)
    for table in ("gold.customer_event_day", "gold.first_uses", "gold.feature_adoption"):
        assert world.read(table) == straight.read(table)
    assert {"feature": "like", "adopters": 1} in world.sql(
        "select feature, adopters from gold.feature_adoption where slice = 'all'"
    )
