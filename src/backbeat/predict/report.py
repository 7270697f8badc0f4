"""Rows of gold.prediction_quality, and what is told from them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import msgspec

from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict import store
from backbeat.predict.card import since_training
from backbeat.predict.quality import Quality
from backbeat.predict.train import Trained
from backbeat.predict.verdict import verdict

QUALITY = "gold.prediction_quality"
_FOUND = f"""
select * from {QUALITY} where label = :label and model_version = :version order by split, metric, length(bin), bin"""


def report(lake: Lakehouse, label: str, version: str) -> dict[str, Any]:
    """A model's facts, verdict, rows of quality and card, with what has moved since."""
    facts = store.facts(lake.store, label, version)
    rows = lake.rows(_FOUND, label=label, version=version)
    test = {row["metric"]: SimpleNamespace(**row) for row in rows if row["split"] == "test" and row["bin"] == "all"}
    scored = [row for row in rows if row["split"] == "scored"]
    told = {name: value for name, value in msgspec.to_builtins(facts).items() if name in _TOLD}
    return {
        **told,
        "model_version": version,
        "verdict": verdict(test),
        "quality": rows,
        "card": store.card(lake.store, label, version) + since_training(scored, facts.base_rate),
    }


_TOLD = ("label", "title", "definition", "kind", "horizon", "wanted_horizon", "sessions", "threshold", "base_rate")


def quality_rows(trained: Trained) -> list[dict[str, Any]]:
    """What training found, as rows: the test's numbers and segments, the candidates of validation, shares of positives."""
    (validation,), (test,) = trained.frames["validation"], trained.frames["test"]
    tried = [
        Quality(
            "average_precision",
            trial.candidate.name,
            trial.average_precision,
            baseline_value=trained.baseline_in_validation,
        )
        for trial in trained.trials
    ]
    shares = [
        (split, frame, Quality("base_rate", str(frame.as_of), float(frame.y.mean())))
        for split in ("train", "validation")
        for frame in trained.frames[split]
    ]
    found = [
        *(("test", test, each) for each in [*trained.quality, *trained.segments]),
        *(("validation", validation, each) for each in tried),
        *shares,
    ]
    return [_row(split, each, trained.origins.window(frame.as_of)) for split, frame, each in found]


def scored_rows(found: Iterable[Quality], day: date) -> list[dict[str, Any]]:
    """What scoring found, as rows."""
    return [_row("scored", each, (day, day)) for each in found]


def record(lake: Lakehouse, label: str, version: str, rows: Sequence[Mapping[str, Any]], splits: Sequence[str]) -> None:
    """Put a model's rows of some splits in place of older ones, in one commit."""
    listed = ", ".join(f"'{split}'" for split in splits)
    where = f"label = '{label}' and model_version = '{version}' and split in ({listed})"
    lake.replace(QUALITY, [{**row, "label": label, "model_version": version} for row in rows], where)


def _row(split: str, each: Quality, window: tuple[date, date]) -> dict[str, Any]:
    numbers = {name: getattr(each, name) for name in ("value", "low", "high", "baseline_value")}
    known = {name: None if math.isnan(value) else value for name, value in numbers.items()}
    return {
        "split": split,
        "metric": each.metric,
        "bin": each.bin,
        **known,
        "window_from": window[0],
        "window_to": window[1],
    }
