"""MLflow is told of each model, here in a folder; where it can't be, the model is in force all the same."""

from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest
from tests.conftest import World
from tests.listeners import PREDICT, write_listeners

from backbeat.errors import UsageError
from backbeat.predict import store


@pytest.fixture(scope="module")
def ran(new_world: Callable[..., World]) -> World:
    world = new_world()
    write_listeners(world, customers=120)
    world.run(close=True)
    return world


@pytest.fixture(autouse=True)
def _folders_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")


def train(world: World, uri: str) -> list[str]:
    said: list[str] = []
    settings = {**PREDICT, "mlflow": uri, "mlflow_experiment": "/team/ours"}
    world.open(predict=settings).predict.train("engaged", say=lambda line, *_: said.append(line))
    return said


def test_a_model_is_a_run_with_its_numbers_and_its_files(ran: World, tmp_path: Path) -> None:
    for _ in range(2):
        train(ran, tmp_path.as_uri())
    client = mlflow.MlflowClient(tracking_uri=tmp_path.as_uri())
    experiment = client.get_experiment_by_name("/team/ours/engaged")
    run, _ = client.search_runs([experiment.experiment_id])
    report = ran.open().predict.report("engaged")[0]
    (row,) = [
        row for row in report["quality"] if (row["split"], row["metric"], row["bin"]) == ("test", "roc_auc", "all")
    ]
    assert run.info.run_name == report["model_version"] and run.info.status == "FINISHED"
    sides = {"": "value", "_low": "low", "_high": "high", "_baseline": "baseline_value"}
    assert {side: run.data.metrics[f"roc_auc{side}"] for side in sides} == {s: row[name] for s, name in sides.items()}
    assert run.data.params["kind"] == report["kind"] and run.data.params["horizon"] == "14"
    assert run.data.tags["data.gold.customer_day"] == str(ran.versions()["gold.customer_day"])
    folder = Path(client.download_artifacts(run.info.run_id, ""))
    kept = ran.lake / "models" / "engaged" / report["model_version"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in kept.iterdir()
    }


def test_where_it_can_t_be_told_the_model_is_in_force_all_the_same(ran: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    said = train(ran, (tmp_path / "file").as_uri())
    assert any("was not told of" in line for line in said)
    assert store.current(ran.open().house.store, "engaged")


def test_without_the_extra_it_says_what_to_install(ran: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    with pytest.raises(UsageError, match=r"pip install 'backbeat\[mlflow\]'"):
        train(ran, "databricks")
