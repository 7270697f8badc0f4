"""Features, labels and scores on both engines, of one lake with everything in it, in a zone that is not UTC."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from tests.conftest import World
from tests.spark.small import SPARK

from backbeat import content
from backbeat.api import Lake
from backbeat.predict.frame import Reader
from backbeat.simulate import simulate

AS_OF = date(2025, 7, 20)
ENGINES: dict[str, dict[str, Any]] = {"duckdb": {}, "spark": {"engine": "spark", "spark": SPARK}}


@dataclass
class Scored:
    """What one engine has made: features by customer, predictions by customer, rows of quality."""

    lake: Lake
    features: dict[str, dict[str, Any]]
    predictions: dict[str, dict[str, Any]]
    drift: list[dict[str, Any]]


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    made = new_world(timezone="Europe/Berlin", predict={"horizon_days": 14, "engaged_sessions": 14})
    made.raw = made.raw / "world"
    simulate(made.raw, customers=60, start=date(2025, 5, 10), end=date(2025, 8, 5))
    made.run(close=True)
    made.open().predict.train("engaged")
    return made


@pytest.fixture(scope="module")
def scored(world: World) -> dict[str, Scored]:
    return {name: of_engine(world, flags) for name, flags in ENGINES.items()}


def of_engine(world: World, flags: dict[str, Any]) -> Scored:
    lake = world.open(**flags)
    lake.predict.score("engaged")
    features = lake.house.rows("select * from scored_customers")
    drift = "select * from gold.prediction_quality where split = 'scored' order by metric, bin"
    return Scored(lake, by_customer(features), by_customer(world.read("gold.predictions")), world.sql(drift))


def by_customer(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in rows}


@pytest.mark.long
def test_features_are_the_same_to_the_last_bit(scored: dict[str, Scored]) -> None:
    found = scored["duckdb"].features
    assert len(found) >= 55
    assert all(any(row[name] for row in found.values()) for name in content.predictors())
    assert scored["spark"].features == found


@pytest.mark.long
def test_scores_are_the_same(scored: dict[str, Scored]) -> None:
    one, other = scored["duckdb"].predictions, scored["spark"].predictions
    assert one.keys() == other.keys() == scored["duckdb"].features.keys()
    assert max(abs(one[each]["probability"] - other[each]["probability"]) for each in one) <= 1e-9
    rest = [name for name in content.tables()["predictions"].columns if name != "probability"]
    assert [[row[name] for name in rest] for row in one.values()] == [
        [other[each][name] for name in rest] for each in one
    ]


@pytest.mark.long
def test_drift_is_the_same(scored: dict[str, Scored]) -> None:
    assert len(scored["duckdb"].drift) > 10
    assert scored["spark"].drift == scored["duckdb"].drift


@pytest.mark.parity
def test_report_and_list_are_the_same(scored: dict[str, Scored]) -> None:
    one, other = (scored[name].lake.predict for name in ENGINES)
    assert one.report("engaged") == other.report("engaged")
    assert one.list("engaged", top=9).to_pylist() == other.list("engaged", top=9).to_pylist()


@pytest.mark.parity
@pytest.mark.parametrize("label", content.labels())
def test_labels_are_the_same(scored: dict[str, Scored], label: str) -> None:
    one, other = (labelled(each.lake, label) for each in scored.values())
    assert one == other
    assert len({row["is_positive"] for row in one}) == len({row["baseline"] for row in one}) == 2


def labelled(lake: Lake, label: str) -> list[dict[str, Any]]:
    clock = lake.show_published()
    known = content.labels()[label]
    reader = Reader(lake.house, clock, known, 3, 3)
    found = lake.house.rows(content.with_relations(known.sql), **reader.values(AS_OF))
    return sorted(found, key=lambda row: str(row["customer_id"]))


@pytest.mark.parity
def test_spark_trains_the_model_that_duckdb_trains(world: World) -> None:
    versions = [world.open(**flags).predict.train("engaged")[0]["model_version"] for flags in ENGINES.values()]
    assert versions[0] == versions[1]
