"""A gold table whose file has changed: its columns follow, its old versions can still be read. Silver's can't follow."""

from typing import Any

import msgspec
import pytest
from tests.conftest import World

from backbeat import content
from backbeat.errors import UsageError


@pytest.fixture
def run(world: World) -> World:
    world.customers("a")
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"), ("2", "a", "2025-07-02T10:00:00Z"))
    world.run()
    return world


def change(monkeypatch: pytest.MonkeyPatch, name: str, **fields: Any) -> None:
    """Let a table's file say something else."""
    tables = {**content.tables(), name: msgspec.structs.replace(content.tables()[name], **fields)}
    monkeypatch.setattr(content, "tables", lambda: tables)


def with_twice(name: str) -> dict[str, Any]:
    table = content.tables()[name]
    columns = [column for column in table.columns if column != table.partition]
    changed = [*columns, "twice", *([table.partition] if table.partition else [])]
    return {
        "columns": tuple(changed),
        "sql": f"select {', '.join([*columns, 'sessions * 2 as twice', *changed[len(columns) + 1 :]])} from ({table.sql})",
    }


@pytest.mark.parametrize("name", ["customer_device_day", "sessions_histogram"])
def test_a_new_column_is_there_after_the_next_run(run: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = run.read(f"gold.{name}")
    version = run.open().house.table(f"gold.{name}").version()
    change(monkeypatch, name, **with_twice(name))
    run.run()
    found = run.read(f"gold.{name}")
    assert [row["twice"] for row in found] == [row["sessions"] * 2 for row in before]
    assert [{key: row[key] for key in before[0]} for row in found] == before
    old = run.open().house
    old.show(f"gold.{name}", version)
    assert old.rows(f"select * from gold.{name} order by all") == before
    assert run.run().built is None


def test_a_column_can_go_or_change_its_type(run: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(
        monkeypatch,
        "sessions_histogram",
        columns=("sessions", "customers"),
        sql="select 'many' as sessions, 1.5 as customers",
        ranges={},
        holds={},
        checks={},
    )
    run.run()
    assert run.sql("select * from gold.sessions_histogram") == [{"sessions": "many", "customers": 1.5}]


def test_another_partition_is_an_error_that_says_what_to_do(run: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, "customer_device_day", partition=None)
    with pytest.raises(UsageError, match="partition: none, and the lake's table is kept by activity_date"):
        run.run()


def test_other_columns_of_a_source_need_a_new_lake(run: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What older files had in such a column lies in _rescued: the lake can't follow by adding an empty one."""
    source = content.sources()["sessions"]
    columns = {**source.columns, "city": msgspec.structs.replace(source.columns["device"], from_=("city",))}
    sources = {**content.sources(), "sessions": msgspec.structs.replace(source, columns=columns)}
    monkeypatch.setattr(content, "sources", lambda: sources)
    with pytest.raises(
        UsageError, match=r"sessions.yml had other columns \(city\): change the file back, or make a new"
    ):
        run.run()
