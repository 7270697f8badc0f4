"""From a lake to a model whose worth is known: split by time, choose, refit, calibrate, test once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backbeat.errors import InputError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict.candidates import candidates
from backbeat.predict.choose import Fitted, Trial, refitted, tried
from backbeat.predict.coverage import covered, spans
from backbeat.predict.frame import Frame, Reader
from backbeat.predict.measures import Outcome, average_precision
from backbeat.predict.model import Facts, Model, reference_of
from backbeat.predict.origins import Origins, origins, sessions_needed
from backbeat.predict.quality import Quality, qualities
from backbeat.predict.segments import segments
from backbeat.predict.store import code_version, frozen
from backbeat.specs import Label, Predictor

LEAST_OF_EACH = 5
"""Customers who did and who did not, in training and in validation, below which nothing can be learnt."""


@dataclass(frozen=True)
class Trained:
    """A model, its bytes, and what was found on the way; `quality` are the rows of its split `test`."""

    label: Label
    model: Model
    content: bytes
    origins: Origins
    trials: list[Trial]
    frames: dict[str, list[Frame]]
    baseline_in_validation: float
    quality: list[Quality]
    segments: list[Quality]
    predictors: dict[str, Predictor]
    left_out: dict[str, str]


def train(lake: Lakehouse, clock: Clock, label: Label, versions: dict[str, int], say: Callable[[str], None]) -> Trained:
    """Train, choose, test. The tables read must be shown, in these versions. Raises InputError where there is too little to learn from."""
    config = lake.config
    days = origins(label, config, clock)
    predictors, left_out = covered(spans(lake, clock), days.splits)
    reader = Reader(lake, clock, label, days.horizon, sessions_needed(config, days.horizon))
    frames = _frames(reader, days, list(predictors), say)
    _demand_both(label, reader, [("training", frames["train"]), ("validation", frames["validation"])])
    say(f"{label.name}: choosing a model")
    trials = tried(
        candidates(list(predictors), config.predict.seed), list(predictors), frames["train"], frames["validation"][0]
    )
    fitted = refitted(trials[0], list(predictors), frames["train"], frames["validation"][0])
    model, content = frozen(fitted.estimator, _facts(reader, days, fitted, list(predictors), frames, versions))
    say(f"{label.name}: testing it")
    return _tested(reader, model, content, days, trials, frames, predictors, left_out)


def _frames(
    reader: Reader, days: Origins, predictors: Sequence[str], say: Callable[[str], None]
) -> dict[str, list[Frame]]:
    settings = reader.lake.config.predict
    found: dict[str, list[Frame]] = {}
    for split, wanted in (("train", days.train), ("validation", (days.validation,)), ("test", (days.test,))):
        found[split] = []
        for as_of in wanted:
            say(f"{reader.label.name}: reading what was known on {as_of}")
            found[split].append(reader.frame(as_of, predictors, settings.max_training_rows, settings.seed))
    return found


def _demand_both(label: Label, reader: Reader, splits: Sequence[tuple[str, list[Frame]]]) -> None:
    for name, frames in splits:
        y = np.concatenate([frame.y for frame in frames])
        if min(y.sum(), len(y) - y.sum()) < LEAST_OF_EACH:
            threshold = (
                f" with {reader.sessions} sessions in {reader.horizon} days" if label.horizon_days is None else ""
            )
            hint = "; set [predict] engaged_sessions, or wait for more data" if threshold else "; wait for more data"
            raise InputError(
                f"{label.name}: in {name} {int(y.sum())} of {len(y)} customers are positive{threshold}, "
                f"at least {LEAST_OF_EACH} of either kind are needed{hint}"
            )


def _facts(
    reader: Reader,
    days: Origins,
    fitted: Fitted,
    predictors: list[str],
    frames: dict[str, list[Frame]],
    data: dict[str, int],
) -> Facts:
    learnt = [*frames["train"], *frames["validation"]]
    x, y = np.concatenate([frame.x for frame in learnt]), np.concatenate([frame.y for frame in learnt])
    content, libraries = code_version()
    return Facts(
        label=reader.label.name,
        title=reader.label.title,
        definition=reader.label.definition.format(days=days.horizon, threshold=reader.sessions),
        kind=fitted.candidate.title,
        as_of=days.now,
        horizon=days.horizon,
        wanted_horizon=days.wanted,
        sessions=reader.sessions,
        predictors=tuple(predictors),
        inputs=fitted.candidate.inputs,
        slope=fitted.slope,
        level=fitted.level,
        threshold=fitted.threshold,
        usual=_usual(x),
        reference=reference_of(x, tuple(predictors)),
        base_rate=float(y.mean()),
        customers=len(y),
        seed=reader.lake.config.predict.seed,
        content=content,
        libraries=libraries,
        data=data,
    )


def _usual(x: np.ndarray) -> tuple[float | None, ...]:
    """The median of each column, None where nothing is known."""
    known = [column[~np.isnan(column)] for column in x.T]
    return tuple(float(np.median(column)) if len(column) else None for column in known)


def _tested(
    reader: Reader,
    model: Model,
    content: bytes,
    days: Origins,
    trials: list[Trial],
    frames: dict[str, list[Frame]],
    *rest: Any,
) -> Trained:
    (validation,), (test,) = frames["validation"], frames["test"]
    outcome = Outcome(test.y.astype(float), model.probability(test.x), model.facts.threshold)
    seed = model.facts.seed
    found, parts = qualities(outcome, test.baseline, seed), segments(reader, test, outcome, seed)
    before = average_precision(validation.y, validation.baseline.astype(float))
    return Trained(reader.label, model, content, days, trials, frames, before, found, parts, *rest)
