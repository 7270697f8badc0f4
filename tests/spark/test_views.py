"""What a table's name stands for on Spark, and who answers for the ledger."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World
from tests.spark.small import SPARK

from backbeat.config import Config
from backbeat.engines import open_engine, spark
from backbeat.engines.spark import Spark
from backbeat.errors import UsageError
from backbeat.lake.delta import DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.storage import Store


@pytest.fixture(scope="module")
def engine() -> Spark:
    opened = open_engine(Config(engine="spark", spark=SPARK))
    assert isinstance(opened, Spark)
    return opened


def numbers(engine: Spark, table: str) -> list[Any]:
    return engine.query(f"select id from {table} order by id")["id"].to_pylist()


def test_a_view_that_could_not_be_made_is_made_at_the_next_reading(engine: Spark) -> None:
    tries: list[int] = []

    def made() -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the bucket did not answer")
        return engine.session.range(2)

    engine._promise("gold.late", made)
    with pytest.raises(OSError, match="did not answer"):
        numbers(engine, "gold.late")
    assert numbers(engine, "gold.late") == [0, 1]
    assert numbers(engine, "gold.late") == [0, 1]
    assert len(tries) == 2


@pytest.fixture(scope="module")
def house(new_world: Callable[..., World]) -> Lakehouse:
    """A lake whose customers lie in two folders, one for each commit of Spark's."""
    world = new_world()
    world.sessions(("s", "b", "2025-07-01T10:00:00Z"))
    for id in "ab":
        world.customers(id, path=f"customers/{id}.parquet")
        world.ingest(engine="spark", spark=SPARK)
    return world.open(engine="spark", spark=SPARK).house


@pytest.mark.parametrize(
    "table", ["silver.customers", "`silver`.`customers`", "silver.Customers", "SILVER.`CUSTOMERS`"]
)
def test_people_ask_of_a_table_of_several_folders(house: Lakehouse, table: str) -> None:
    """With a subquery in the list of what is asked for, which Spark's optimiser would trip over."""
    house.show_all()
    seen = "exists (select 1 from silver.sessions as s where s.customer_id = c.customer_id)"
    found = house.ask(f"select customer_id, {seen} as seen from {table} as c order by customer_id").to_pylist()
    assert found == [{"customer_id": "a", "seen": False}, {"customer_id": "b", "seen": True}]


def test_what_stood_before_stands_again(engine: Spark) -> None:
    engine._promise("gold.standing", lambda: engine.session.range(2))
    engine.keep("other", "select 7 as id")
    for _ in range(2):
        with engine.instead("gold.standing", "other"):
            assert numbers(engine, "gold.standing") == [7]
        assert numbers(engine, "gold.standing") == [0, 1]
    engine.view("gold.standing", "select * from other")
    with engine.instead("gold.standing", "(select 8 as id)"):
        assert numbers(engine, "gold.standing") == [8]
    assert numbers(engine, "gold.standing") == [7]


def test_parts_that_were_kept_are_let_go(engine: Spark) -> None:
    text = "with a as (select distinct id from range(3)) select * from a union all select * from a union all select * from a"
    engine.gather("gathered", [text])
    assert numbers(engine, "gathered") == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert not engine.session.catalog.tableExists("a")


def test_a_version_and_its_dates_are_the_same_by_the_names_of_files_and_through_delta(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customers("a")
    for day in (1, 2, 3):
        world.sessions((f"s{day}", "a", f"2025-07-0{day}T10:00:00Z"), path=f"sessions/{day}.parquet")
        world.ingest()
    house = world.open(engine="spark", spark=SPARK).house
    newest = house.table("silver.sessions").version()
    asked = [(newest, None), (newest - 1, None), (newest, {"2025-07-01", "2025-07-03"}), (newest, {"2020-01-01"})]
    found = {}
    for few in (True, False):
        monkeypatch.setattr(spark, "are_few", lambda *_, few=few: few)
        house.refresh()
        found[few] = [seen(house, version, dates) for version, dates in asked]
    by_name, through_delta = found.values()
    assert by_name == through_delta
    assert [len(rows) for rows in by_name] == [3, 2, 2, 0]


@pytest.mark.parametrize(
    ("url", "folders", "files", "few"),
    [
        ("/lake", 1, 1000, True),
        ("/lake", 1, 1001, False),
        ("/lake", 32, 1000, True),
        ("/lake", 33, 1000, False),
        ("s3://bucket/lake", 32, 32, True),
        ("s3://bucket/lake", 1, 33, False),
    ],
)
def test_a_table_of_few_files_and_folders_is_read_by_their_names(url: str, folders: int, files: int, few: bool) -> None:
    listed = [DataFile(f"part-{n % folders}/day=2025-07-01/{n}.parquet", {}, 1, 1) for n in range(files)]
    assert spark.are_few(listed, Store(url)) == few


def seen(house: Lakehouse, version: int, dates: set[str] | None) -> list[dict[str, Any]]:
    house.show_files("silver.sessions", (), house.table("silver.sessions").schema())
    house.show("silver.sessions", version, dates)
    return house.rows("select * from silver.sessions order by session_id")


def test_two_lakes_of_one_process_are_not_mixed_up(new_world: Callable[..., World]) -> None:
    houses = []
    for name in ("a", "b"):
        world = new_world()
        world.customers(name)
        world.ingest()
        houses.append(world.open(engine="spark", spark=SPARK).house)
    for house in houses:
        house.show("silver.customers")
    found = [house.rows("select customer_id from silver.customers")[0]["customer_id"] for house in houses * 2]
    assert found == ["a", "b", "a", "b"]


def test_rows_that_nobody_reads_any_more_go(engine: Spark) -> None:
    engine.keep("again", "select 1 as id")
    engine.view("reader", "select * from again")
    engine.view("readers_reader", "select * from reader")
    before = folders(engine)
    engine.keep("again", "select * from again union all select 2 as id")
    engine.append("again", "select 3 as id")
    assert (numbers(engine, "again"), numbers(engine, "readers_reader")) == ([1, 2, 3], [1])
    assert len(folders(engine)) == len(before) + 1, "what a view reads stays"
    engine.view("reader", "select * from again")
    assert (numbers(engine, "reader"), numbers(engine, "readers_reader")) == ([1, 2, 3], [1])
    engine.view("readers_reader", "select * from reader")
    assert len(folders(engine)) == len(before)
    engine.drop("again")
    assert numbers(engine, "readers_reader") == [1, 2, 3]
    engine.view("reader", "select 7 as id")
    engine._promise("readers_reader", lambda: engine.session.range(1))
    assert len(folders(engine)) == len(before) - 1


def test_what_stands_aside_is_read_as_long_as_it_stands(engine: Spark) -> None:
    engine.keep("shared", "select 1 as id")
    engine.view("gold.shown", "select * from shared")
    before = folders(engine)
    with engine.instead("gold.shown", "(select 8 as id)"):
        engine.keep("shared", "select 2 as id")
        assert numbers(engine, "gold.shown") == [8]
    assert numbers(engine, "gold.shown") == [1]
    engine.view("gold.shown", "select * from shared")
    assert numbers(engine, "gold.shown") == [2]
    assert len(folders(engine)) == len(before)


def folders(engine: Spark) -> list[str]:
    """Where rows are kept now."""
    return [path.name for path in Path(engine._scratch_folder()).iterdir()]


def test_a_wrong_name_in_the_ledger_is_the_users(world: World) -> None:
    world.customers("a")
    world.ingest()
    lake = world.open(engine="spark", spark=SPARK)
    assert lake.sql("select count(*) as n from ops.batches")["n"].to_pylist() == [1]
    with pytest.raises(UsageError, match="nope"):
        lake.sql("select nope from ops.batches")
    joined = "select count(*) as n from ops.batches b, silver.customers c"
    assert lake.sql(joined)["n"].to_pylist() == [1]
