"""What becomes of Databricks SQL before Spark runs it: values in place of names, views in place of tables."""

from datetime import UTC, date, datetime

import pytest

from backbeat.build.kpis import kpi_text
from backbeat.engines.spark_sql import bound, often_read, parts, placed, tables_named, with_parts
from backbeat.errors import UnreadableSql


def test_values_become_typed_literals() -> None:
    values = {"day": date(2025, 7, 1), "at": datetime(2025, 7, 1, 10, tzinfo=UTC), "n": 3, "none": None, "is": True}
    found = bound("select :day, :at, :n, :none, :is", values)
    assert found == "select date '2025-07-01', timestamp '2025-07-01 10:00:00+00:00', 3, null, true"


def test_text_keeps_its_quotes_and_backslashes() -> None:
    assert bound("select :who", {"who": "O'Hara\\"}) == "select 'O\\'Hara\\\\'"


def test_a_list_becomes_an_array() -> None:
    assert bound("array_contains(:names, x)", {"names": ["a", "b"]}) == "array_contains(array('a', 'b'), x)"


def test_what_is_quoted_or_said_in_a_comment_stays() -> None:
    text = "select ':x', `gold.kpis` -- gold.kpis :x isn't read\nfrom gold.kpis"
    assert placed(bound(text, {})) == text.removesuffix("gold.kpis") + "gold_kpis"


def test_a_column_named_like_a_layer_is_no_table() -> None:
    assert placed("select t.gold.kpis from silver.sessions as t") == "select t.gold.kpis from silver_sessions as t"


def test_a_name_without_a_value_is_an_error() -> None:
    with pytest.raises(UnreadableSql, match=":threshold"):
        bound("select :threshold", {"other": 1})


def test_a_text_falls_into_its_parts_and_back() -> None:
    text = "with a as (select ')' as x -- (\n), b as (with c as (select 1) select * from c, a)\nselect * from a, b"
    named, rest = parts(text)
    assert named == {"a": "select ')' as x -- (\n", "b": "with c as (select 1) select * from c, a"}
    assert rest == "select * from a, b"
    assert parts(with_parts(named, rest))[0] == named
    assert parts("select 1") == ({}, "select 1")
    assert with_parts({}, "select 1") == "select 1"


def test_parts_are_kept_that_are_read_often_and_are_some_work() -> None:
    counted, plain = "select x, count(*) as n from gold.t group by x", "select * from gold.t"
    thrice = "select * from {0} union all select * from {0} union all select * from {0}"
    assert [*often_read({"a": counted}, thrice.format("a"))] == ["a"]
    assert [*often_read({"a": plain}, thrice.format("a"))] == []
    assert [*often_read({"a": counted, "b": "select * from a"}, "select * from a, b")] == []


@pytest.mark.parametrize(
    "text",
    [
        "with r(n) as (select 1) select * from r",
        "with recursive r as (select 1) select * from r",
        "with `a` as (select 1) select * from `a`",
        "with a as (select (1) select * from a",
    ],
)
def test_a_text_of_another_form_is_left_as_it_is(text: str) -> None:
    assert parts(text) == ({}, text)


def test_the_text_of_kpis_falls_into_all_its_parts() -> None:
    named, rest = parts(kpi_text())
    assert {"active_customers", "sliced_customers", "sliced_members"} <= named.keys()
    assert [*often_read(named, rest)] == ["active_customers"]


def test_tables_that_are_named() -> None:
    assert tables_named("with b as (select * from ops.batches) select 'gold.x' from b, gold.kpis k") == {
        "ops.batches",
        "gold.kpis",
    }
