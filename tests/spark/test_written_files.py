"""What a commit says of the files that either engine wrote: how many rows, how many nulls, between which days they lie."""

import json
from datetime import date

import pyarrow as pa
import pytest
from tests.conftest import World
from tests.spark.small import SPARK

from backbeat.lake.delta import Commit

ROWS = "select 1 as n, cast(date '{}' as date) as day, cast(null as date) as never, '2025-01-01' as text, 'x' as letter"


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_the_days_of_a_file_are_in_its_statistics(world: World, engine: str) -> None:
    lake = world.open(engine=engine, **({"spark": SPARK} if engine == "spark" else {})).house
    lake.create()
    lake.engine.keep_own("rows_to_write", " union all ".join(ROWS.format(day) for day in ("2025-02-28", "1969-12-31")))
    schema = lake.engine.schema("select * from rows_to_write")
    table = lake.table("gold.days_of_files")
    table.create(schema)
    adds = lake.stage("gold.days_of_files", "select * from rows_to_write")
    lake.commit("gold.days_of_files", Commit(adds))
    (file,) = table.files()
    stats = json.loads(adds[0].stats)
    assert (file.rows, stats["nullCount"]["never"]) == (2, 2)
    assert file.greatest["day"] == date(2025, 2, 28)
    assert stats["minValues"]["day"] == "1969-12-31"
    assert {"never", "n", "letter"}.isdisjoint(file.greatest)
    assert file.greatest.get("text", "2025-01-01") == "2025-01-01", "text that looks like days may be there, as it is"
    assert pa.types.is_date(schema.field("day").type)


@pytest.mark.parametrize(
    "at", ["timestamp '9999-12-31 23:59:59' + interval 1 day", "timestamp '0001-01-01' - interval 1 day"]
)
def test_years_that_python_has_not_are_written(world: World, at: str) -> None:
    lake = world.open(engine="spark", spark=SPARK).house
    lake.create()
    sql = f"select 1 as n, {at} as at, cast({at} as date) as day"
    lake.table("gold.odd_years").create(lake.engine.schema(sql))
    (file,) = lake.stage("gold.odd_years", sql)
    assert (file.rows, json.loads(file.stats)["maxValues"]) == (1, {})


def test_no_checksums_lie_beside_the_files(world: World) -> None:
    lake = world.open(engine="spark", spark=SPARK).house
    lake.create()
    sql = "select 1 as n"
    lake.table("gold.one_row").create(lake.engine.schema(sql))
    (file,) = lake.stage("gold.one_row", sql)
    folder = (world.lake / "gold" / "one_row" / file.path).parent
    assert {path.suffix for path in folder.iterdir()} == {".parquet", ""}, "Spark's own _SUCCESS apart"


def test_a_name_that_hadoop_can_t_take_is_rejected_alone(world: World) -> None:
    for name in ("10:00", "d*", "d1"):
        world.sessions((name, "a", "2025-07-01"), path=f"sessions/{name}.parquet")
    world.ingest(engine="spark", spark=SPARK)
    assert sorted(world.column("silver.sessions", "session_id")) == ["d*", "d1"]
    ((path, reason),) = world.pairs("ops.files where state = 'rejected'", "path", "reason").items()
    assert path == "sessions/10:00.parquet"
    assert "takes no name with a colon: rename the file" in reason
