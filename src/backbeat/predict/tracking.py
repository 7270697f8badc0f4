"""Models told to MLflow, for whoever compares models there: a run a model, with its numbers and its three files."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backbeat.config import PredictConfig
from backbeat.errors import UsageError, first_line
from backbeat.predict.card import scalars
from backbeat.predict.store import files_of
from backbeat.predict.train import Trained


def demand_mlflow(config: PredictConfig) -> None:
    """Raise UsageError where MLflow is to be told and is not installed."""
    if config.mlflow is None:
        return
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import mlflow  # noqa: F401
    except ImportError as error:
        raise UsageError(f"[predict] mlflow needs MLflow ({error}): type `pip install 'backbeat[mlflow]'`") from error


def told(config: PredictConfig, trained: Trained, card: str) -> Iterator[str]:
    """Tell MLflow of a model, where the settings name a place; yields what has to be said where it could not be told.

    The model is in force by then, so a failure is no error.
    """
    if config.mlflow is None:
        return
    try:
        _log(config.mlflow, f"{config.mlflow_experiment}/{trained.label.name}", trained, card)
    except Exception as error:
        yield f"MLflow was not told of {trained.model.version}: {first_line(error)}"


def _log(uri: str, experiment: str, trained: Trained, card: str) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    known = client.get_experiment_by_name(experiment)
    place = known.experiment_id if known else client.create_experiment(experiment)
    run = client.create_run(place, run_name=trained.model.version, tags=dict(_tags(trained))).info.run_id
    try:
        _fill(client, run, trained, card)
    except Exception:
        client.set_terminated(run, "FAILED")
        raise
    client.set_terminated(run)


def _fill(client: Any, run: str, trained: Trained, card: str) -> None:
    for name, value in _parameters(trained):
        client.log_param(run, name, value)
    for name, value in _numbers(trained):
        client.log_metric(run, name, value)
    with TemporaryDirectory() as folder:
        for name, content in files_of(trained.model, trained.content, card).items():
            (Path(folder) / name).write_bytes(content)
        client.log_artifacts(run, folder)


def _parameters(trained: Trained) -> Iterator[tuple[str, Any]]:
    facts = trained.model.facts
    for name in ("kind", "as_of", "horizon", "sessions", "threshold", "seed", "customers"):
        yield name, getattr(facts, name)
    yield "predictors", len(facts.inputs)


def _numbers(trained: Trained) -> Iterator[tuple[str, float]]:
    """The numbers of the test, the ends of their intervals, and the baseline's."""
    for name, each in scalars(trained.quality).items():
        sides = {"": each.value, "_low": each.low, "_high": each.high, "_baseline": each.baseline_value}
        yield from ((f"{name}{side}", value) for side, value in sides.items() if not math.isnan(value))


def _tags(trained: Trained) -> Iterator[tuple[str, str]]:
    facts = trained.model.facts
    yield from ((f"data.{name}", str(version)) for name, version in facts.data.items())
    yield from ((f"code.{name}", version) for name, version in {**facts.libraries, "features": facts.content}.items())
