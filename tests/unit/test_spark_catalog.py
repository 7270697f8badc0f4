"""The names that tables get in a catalog, and the statements that are sent for them."""

import pytest

from backbeat.engines.spark_catalog import _bare, _demand_place, full_name, named, schemas
from backbeat.errors import UsageError
from backbeat.lake.delta import Table
from backbeat.lake.storage import Store

BUCKET = Store("s3://bucket/the lake")
KPIS = Table(BUCKET, "gold.kpis")


def test_a_schema_for_each_layer_and_a_table_where_it_lies() -> None:
    tables = [Table(BUCKET, "silver.sessions"), KPIS, Table(BUCKET, "gold.alerts")]
    assert [*schemas("music-dev", tables)] == [
        "create schema if not exists `music-dev`.`silver`",
        "create schema if not exists `music-dev`.`gold`",
    ]
    location = "using delta location 's3://bucket/the lake/gold/kpis'"
    assert named("music-dev", KPIS) == f"create table if not exists `music-dev`.`gold`.`kpis` {location}"


def test_quotes_stay_part_of_names_and_places() -> None:
    assert full_name("mu`sic", KPIS) == "`mu``sic`.`gold`.`kpis`"
    assert named("music", Table(Store("s3://o'hara"), "gold.kpis")).endswith("location 's3://o\\'hara/gold/kpis'")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("/lake/gold/kpis", "file:/lake/gold/kpis", True),
        ("/a b/ü", "file:///a%20b/%C3%BC/", True),
        ("s3://bucket/lake", "s3a://bucket/lake", True),
        ("s3://bucket/lake", "s3://bucket/lake2", False),
        ("/bucket/lake", "s3://bucket/lake", False),
        ("abfss://c@a.dfs.core.windows.net/lake", "gs://c@a.dfs.core.windows.net/lake", False),
    ],
)
def test_one_place_may_be_written_in_several_ways(one: str, other: str, is_same: bool) -> None:
    assert (_bare(one) == _bare(other)) is is_same


@pytest.mark.parametrize(("found", "said"), [(["s3://other/kpis"], "s3://other/kpis"), ([], "no table with a place")])
def test_a_taken_name_says_what_it_stands_for_and_what_to_type(found: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=f"`music`.`gold`.`kpis` stands for {said}.*, not for s3://bucket") as raised:
        _demand_place("music", KPIS, found)
    assert "set another `catalog`" in str(raised.value)
    _demand_place("music", KPIS, ["s3://other/kpis", KPIS.uri])
