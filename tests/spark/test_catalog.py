"""Tables by name in a catalog: the one that Spark has by itself takes the statements that are sent to Unity Catalog."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.conftest import World
from tests.spark.small import SPARK

from backbeat.api import RunReport
from backbeat.engines import spark, spark_catalog
from backbeat.engines.spark_session import open_session
from backbeat.errors import StorageError, UsageError
from backbeat.lake.delta import Table
from backbeat.lake.registration import NOTED

pytestmark = pytest.mark.long
CATALOG = "spark_catalog"


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    session = open_session(SPARK)
    yield session
    for layer in ("silver", "gold", "ops"):
        session.sql(f"drop schema if exists {CATALOG}.{layer} cascade")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A lake that DuckDB made, at an address that has to be written in several ways."""
    world = World(tmp_path_factory.mktemp("a world ü"))
    world.customers("a", "b")
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"), ("2", "b", "2025-07-02T11:00:00Z"))
    world.run(close=True)
    return world


class Told(list[str]):
    """The tables that the catalog was told of, and by which runs."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(spark, "register", self._register)

    def by(self, world: World, catalog: str = CATALOG) -> list[str]:
        """Those of a run on Spark."""
        self.clear()
        run(world, catalog)
        return [*self]

    def _register(self, session: Any, catalog: str, tables: Sequence[Table]) -> None:
        self.extend(table.name for table in tables)
        spark_catalog.register(session, catalog, tables)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


def run(world: World, catalog: str = CATALOG) -> RunReport:
    """What another engine built is up to date: there is nothing to do but to register it."""
    return world.run(engine="spark", spark=SPARK, catalog=catalog)


def test_every_table_is_named_once_as_it_is(session: Any, built: World, told: Told) -> None:
    names, versions = built.open().house.names(), built.versions()
    assert told.by(built) == names
    for name in names:
        assert (
            session.table(f"{CATALOG}.{name}").columns
            == pa.schema(DeltaTable(uri(built, name)).schema().to_arrow()).names
        )
    for name in ("silver.sessions", "gold.kpis", "ops.batches"):
        by_name, by_path = session.table(f"{CATALOG}.{name}"), session.read.format("delta").load(uri(built, name))
        assert by_name.schema == by_path.schema
        assert rows(built, name) > by_name.exceptAll(by_path).count() == by_path.exceptAll(by_name).count() == 0
    assert told.by(built) == []
    assert built.versions() == versions


def test_a_column_that_came_later_is_read_by_name(session: Any, built: World) -> None:
    run(built).demand_registered()
    found = DeltaTable(uri(built, "gold.kpi_summary")).to_pyarrow_table()
    more = found.slice(0, 1).append_column("remark", pa.array(["new"]))
    write_deltalake(uri(built, "gold.kpi_summary"), more, mode="append", schema_mode="merge")
    remarks = session.sql(f"select remark from {CATALOG}.gold.kpi_summary where remark is not null").collect()
    assert [row.remark for row in remarks] == ["new"]


def test_a_table_that_is_new_is_named_alone(session: Any, built: World, told: Told) -> None:
    run(built).demand_registered()
    session.sql(f"drop table {CATALOG}.gold.kpis")
    noted = json.loads((built.lake / NOTED).read_text())
    noted["tables"].remove("gold.kpis")
    (built.lake / NOTED).write_text(json.dumps(noted))
    assert told.by(built) == ["gold.kpis"]
    assert session.table(f"{CATALOG}.gold.kpis").count() == rows(built, "gold.kpis") > 0


def test_a_copy_of_the_lake_does_not_get_names_that_are_taken(session: Any, built: World, tmp_path: Path) -> None:
    run(built).demand_registered()
    copy = World(tmp_path)
    shutil.copytree(built.lake, copy.lake)
    shutil.copytree(built.raw, copy.raw, dirs_exist_ok=True)
    alone = "gold.kpis"
    for name in built.open().house.names():
        if name != alone:
            session.sql(f"drop table if exists {CATALOG}.{name}")
    report = run(copy)
    with pytest.raises(UsageError, match=rf"stands for .*, not for {copy.lake}/.*: set another `catalog`"):
        report.demand_registered()
    (place,) = session.table(f"{CATALOG}.{alone}").select("_metadata.file_path").distinct().collect()
    assert "a%20world" in place.file_path
    known = [name for name in built.open().house.names() if session.catalog.tableExists(f"{CATALOG}.{name}")]
    assert known == [alone], "two lakes in one catalog"


def test_what_a_catalog_does_not_take_is_said_when_all_is_committed(built: World, told: Told) -> None:
    report = run(built, "nowhere")
    said = "the lake is up to date, but nowhere does not take .*nowhere.*`backbeat run` tries again"
    with pytest.raises(StorageError, match=said) as raised:
        report.demand_registered()
    assert len(str(raised.value).splitlines()) == 1
    assert told.by(built, "nowhere") == built.open().house.names()


def uri(world: World, name: str) -> str:
    return str(world.lake / name.replace(".", "/"))


def rows(world: World, name: str) -> int:
    return int(DeltaTable(uri(world, name)).to_pyarrow_dataset().count_rows())
