"""`backbeat predict` as people run it: what it prints, what it writes, and what it says where something is missing."""

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.conftest import World
from tests.e2e.conftest import Answer, backbeat, places
from tests.listeners import write_listeners

from backbeat.errors import InputError, UsageError

HORIZON = {"BACKBEAT_PREDICT_HORIZON_DAYS": "14", "BACKBEAT_PREDICT_ENGAGED_SESSIONS": "14"}


@pytest.fixture(scope="module")
def ran(new_world: Callable[..., World]) -> World:
    world = new_world()
    write_listeners(world, customers=120)
    world.run(close=True)
    return world


@pytest.fixture(scope="module")
def predicted(ran: World) -> tuple[World, Answer]:
    answer = backbeat("predict", "train", "--label", "engaged", *places(ran), **HORIZON)
    assert answer.code == 0, answer.err
    return ran, answer


def test_train_prints_what_the_model_is_worth(predicted: tuple[World, Answer]) -> None:
    _, answer = predicted
    for part in ("Stays engaged (engaged), model", "At least 14 sessions in the 14 days", "baseline", "true_positive"):
        assert part in answer.out
    assert "reading what was known on" in answer.err


def test_score_then_report_then_list(predicted: tuple[World, Answer], tmp_path: Path) -> None:
    world, _ = predicted
    scored = backbeat("predict", "score", *places(world), "--format", "json", "-q")
    assert [(row["label"], row["customers"]) for row in scored.json] == [("engaged", 120)]
    report = backbeat("predict", "report", *places(world), "--format", "json").json[0]
    assert {"label", "verdict", "quality", "card", "model_version"} <= set(report)
    assert any(row["split"] == "scored" and row["metric"] == "drift" for row in report["quality"])
    assert backbeat("predict", "report", "--card", *places(world)).out == report["card"]
    for name in ("top.csv", "top.parquet"):
        answer = backbeat("predict", "list", "--out", str(tmp_path / name), "--top", "5", *places(world))
        assert answer.code == 0, answer.err
        assert answer.out == "" and "5 customers" in answer.err
    rows = list(csv.DictReader((tmp_path / "top.csv").open()))
    assert [row["customer_id"] for row in rows] == pq.read_table(tmp_path / "top.parquet")["customer_id"].to_pylist()
    assert "(usual: " in rows[0]["reasons"]


def test_csv_of_a_report_is_its_table(predicted: tuple[World, Answer]) -> None:
    world, _ = predicted
    rows = list(csv.DictReader(backbeat("predict", "report", "--format", "csv", *places(world)).out.splitlines()))
    assert {"test", "validation", "train"} <= {row["split"] for row in rows}


def test_no_lake(tmp_path: Path) -> None:
    answer = backbeat("predict", "train", "--lake", str(tmp_path / "lake"))
    assert (answer.code, answer.out) == (2, "")
    assert "there is no lake" in answer.err and "backbeat run" in answer.err


def test_no_model_yet(ran: World, tmp_path: Path) -> None:
    answer = backbeat("predict", "list", "--label", "churned", "--out", str(tmp_path / "x.csv"), *places(ran))
    assert answer.code == 2
    assert "there is no model of churned yet: type `backbeat predict train`" in answer.err


@pytest.mark.parametrize("verb", ["score", "report"])
def test_no_model_yet_from_python(ran: World, verb: str) -> None:
    with pytest.raises(UsageError, match="no model of churned yet: type `backbeat predict train`"):
        getattr(ran.open().predict, verb)("churned")


def test_too_short_a_history(world: World) -> None:
    world.customers("c")
    world.sessions(("s1", "c", "2025-07-01T10:00:00Z"), ("s2", "c", "2025-07-10T10:00:00Z"))
    world.run(close=True)
    answer = backbeat("predict", "train", *places(world))
    assert answer.code == 3
    assert "too short a history" in answer.err and "the lake has 10" in answer.err


def test_no_data(world: World) -> None:
    world.customers("c")
    world.run()
    with pytest.raises(InputError, match="no sessions to learn from"):
        world.open().predict.train()


def test_a_label_that_is_not_there_is_named(ran: World) -> None:
    with pytest.raises(UsageError, match="there is no label 'rich'; there are engaged, churned"):
        ran.open().predict.train("rich")


def test_a_file_of_another_kind_is_refused(ran: World) -> None:
    answer = backbeat("predict", "list", "--out", "x.docx", *places(ran))
    assert answer.code == 2
    assert "name a file that ends in .csv, .json, .parquet" in answer.err


def test_a_wrong_setting_is_named(ran: World) -> None:
    answer = backbeat("predict", "train", *places(ran), BACKBEAT_PREDICT_HORIZON_DAYS="0")
    assert answer.code == 2
    assert "[predict] horizon_days = 0" in answer.err


def test_settings_of_the_file_and_of_variables_stand_together(tmp_path: Path) -> None:
    from backbeat import settings

    file = tmp_path / "backbeat.toml"
    file.write_text("[predict]\nseed = 5\nhorizon_days = 30\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKBEAT_PREDICT_HORIZON_DAYS", "14")
        found = settings.load(str(file)).predict
    assert (found.seed, found.horizon_days) == (5, 14)


def test_without_the_extra_it_says_what_to_install(ran: World, tmp_path: Path) -> None:
    (tmp_path / "sklearn.py").write_text("raise ImportError('No module named sklearn')")
    path = f"{tmp_path}:{':'.join(part for part in sys.path if part)}"
    answer = backbeat("predict", "train", *places(ran), PYTHONPATH=path)
    assert answer.code == 2
    assert "pip install 'backbeat[predict]'" in answer.err
