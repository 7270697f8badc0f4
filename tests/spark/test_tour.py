"""The notebook tour, cell by cell as it is written, on either engine: what it tells is true, and the same."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tests.spark.small import SPARK
from tests.spark.touring import CUSTOMERS, Tour, cells, is_same, take

from backbeat.engines.spark_session import open_session


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Tour]:
    """The tour on an engine, taken once."""

    @cache
    def on(engine: str) -> Tour:
        return take(tmp_path_factory.mktemp(engine), engine)

    return on


def test_the_notebook_is_one_of_databricks() -> None:
    first, *rest = cells()
    assert first.startswith("# Databricks notebook source\n# MAGIC %md\n# MAGIC # ")
    assert len(rest) > 20
    for cell in rest:
        magic = [line.startswith("# MAGIC") for line in cell.strip().splitlines()]
        assert all(magic) or not any(magic)
        assert cell.startswith("\n") and len(magic) <= 25


def test_the_numbers_are_the_worlds(taken: Callable[[str], Tour]) -> None:
    tour = taken("duckdb")
    truth = json.loads(Path(tour.names["raw"], "truth.json").read_text("utf-8"))["kpis"]
    found = tour.names["kpis"].set_index("metric")
    for metric, true in truth.items():
        assert found.loc[metric, "numerator"] == true["numerator"]
        assert found.loc[metric, "denominator"] == true["denominator"]


def test_a_second_run_finds_nothing(taken: Callable[[str], Tour]) -> None:
    first, second, *_ = taken("duckdb").shown
    assert first["rows_read"].sum() > 10_000
    assert "numerator" in second, "the KPIs are what is shown next"


def test_the_live_file_is_seen_and_its_row_of_2099_is_not(taken: Callable[[str], Tour]) -> None:
    tour = taken("duckdb")
    windows = tour.rows(tour.names["windows"])
    assert [(row["sessions"], row["customers"]) for row in windows][:4] == [(5, 5), (5, 5), (5, 5), (40, 40)]
    assert windows[3]["window_start"] == tour.names["busy"]
    assert [row["reasons"] for row in tour.rows("select reasons from ops.quarantine")] == [["time_in_future"]]


def test_the_busy_window_is_an_incident(taken: Callable[[str], Tour]) -> None:
    tour = taken("duckdb")
    (incident,) = tour.names["lake"].alerts.list("session_spike", limit=1)
    assert (incident["opened_at"], incident["peak_value"]) == (tour.names["busy"], 40)


def test_everybody_is_scored(taken: Callable[[str], Tour]) -> None:
    tour = taken("duckdb")
    scored = tour.rows("select label, count(*) as customers from gold.predictions group by label")
    assert scored == [{"label": "engaged", "customers": CUSTOMERS}]
    assert "average precision" in tour.names["report"]["verdict"]


@pytest.mark.parity
def test_on_spark_it_shows_the_same(taken: Callable[[str], Tour], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKBEAT_SPARK_SHUFFLE_PARTITIONS", "1")
    open_session(SPARK)
    spark, duckdb = taken("spark"), taken("duckdb")
    assert spark.names["lake"].house.engine.version().startswith("Spark")
    assert [number for number, same in enumerate(map(is_same, spark.shown, duckdb.shown)) if not same] == []
    assert len(spark.shown) == len(duckdb.shown)
