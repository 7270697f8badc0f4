"""The predictions page counts customers and shows how good the models are, without a customer in it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.conftest import World, utc

from backbeat import content
from backbeat.dashboard.answers import answer
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.reader import Reader

PAGE = content.pages()["predictions"]
WHEN = date(2025, 7, 1)


@pytest.fixture(scope="module")
def reader(new_world: Callable[..., World]) -> Reader:
    world = new_world()
    world.customers("c1", "c2", "c3")
    world.sessions(("s", "c1", "2025-07-01"))
    world.run()
    lake = world.open()
    lake.house.replace("gold.predictions", [foretold("c1", 0.02), foretold("c2", 0.04), foretold("c3", 1.0)], None)
    rows = [
        quality("f1", "all", 0.5),
        *(quality(f"calibration_{kind}", str(n), n / 10) for kind in ("foretold", "observed") for n in range(1, 11)),
    ]
    lake.house.replace("gold.prediction_quality", [*rows, quality("roc_auc", "all", float("nan"))], None)
    return Reader(world.open())


def foretold(customer: str, probability: float) -> dict[str, Any]:
    return {"label": "engaged", "customer_id": customer, "as_of": utc("2025-07-01 10:00"), "probability": probability, "predicted": probability > 0.5,
            "threshold": 0.5, "reasons": [], "model_version": "v"}  # fmt: skip


def quality(metric: str, bin_: str, value: float) -> dict[str, Any]:
    return {"label": "engaged", "model_version": "v", "split": "test", "metric": metric, "bin": bin_, "value": value, "low": None,
            "high": None, "baseline_value": 0.1, "window_from": WHEN, "window_to": WHEN}  # fmt: skip


def test_customers_are_counted_by_probability(reader: Reader) -> None:
    rows = answer(reader, PAGE, 0, Filters()).rows
    assert [(row["probability"], row["label"], row["customers"]) for row in rows] == [
        (0.0, "engaged", 2),
        (0.95, "engaged", 1),
    ]


def test_calibration_is_what_was_foretold_beside_what_came_true(reader: Reader) -> None:
    rows = answer(reader, PAGE, 1, Filters()).rows
    assert {row["metric"] for row in rows} == {"calibration_foretold", "calibration_observed"}
    assert len(rows) == 20
    assert not answer(reader, PAGE, 2, Filters()).rows


def test_what_means_nothing_is_null(reader: Reader) -> None:
    values = {row["metric"]: row["value"] for row in answer(reader, PAGE, 3, Filters()).rows}
    assert values == {"f1": 0.5, "roc_auc": None}
