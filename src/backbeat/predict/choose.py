"""Which candidate is best on the days of validation, and what becomes of it: refitted, calibrated, with its threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backbeat.predict.candidates import Candidate
from backbeat.predict.frame import Frame
from backbeat.predict.measures import average_precision, best_threshold
from backbeat.predict.model import calibrated, level_of, one_thread, scores, slope_of


@dataclass(frozen=True)
class Trial:
    """A candidate that learnt from the training days, with its scores of the customers of validation."""

    candidate: Candidate
    scored: np.ndarray
    average_precision: float


@dataclass(frozen=True)
class Fitted:
    """The chosen candidate, ready to be tested."""

    candidate: Candidate
    estimator: Any
    slope: float
    level: float
    threshold: float


def tried(
    wanted: Sequence[Candidate], predictors: Sequence[str], train: Sequence[Frame], validation: Frame
) -> list[Trial]:
    """Every candidate, trained before validation and ranked by its average precision there; of equals the simplest."""
    trials = [_trial(candidate, predictors, train, validation) for candidate in wanted]
    return sorted(trials, key=lambda trial: -trial.average_precision)


def refitted(best: Trial, predictors: Sequence[str], train: Sequence[Frame], validation: Frame) -> Fitted:
    """The best candidate, trained anew with the days of validation.

    How far its scores have to be stretched is learnt where they are of customers it had not seen, in validation; the
    level is that of all it learnt from; the threshold is the one of the best F1 in validation.
    """
    slope = slope_of(best.scored, validation.y)
    unseen = calibrated(best.scored, slope, level_of(best.scored, validation.y, slope))
    frames = [*train, validation]
    estimator = _fit(best.candidate, predictors, frames)
    own = np.concatenate([_scores(best.candidate, predictors, estimator, frame) for frame in frames])
    level = level_of(own, np.concatenate([frame.y for frame in frames]), slope)
    return Fitted(best.candidate, estimator, slope, level, best_threshold(validation.y, unseen))


def _trial(candidate: Candidate, predictors: Sequence[str], train: Sequence[Frame], validation: Frame) -> Trial:
    estimator = _fit(candidate, predictors, train)
    scored = _scores(candidate, predictors, estimator, validation)
    return Trial(candidate, scored, average_precision(validation.y, scored))


def _fit(candidate: Candidate, predictors: Sequence[str], frames: Sequence[Frame]) -> Any:
    x = np.concatenate([_inputs(candidate, predictors, frame) for frame in frames])
    y = np.concatenate([frame.y for frame in frames])
    with one_thread():
        return candidate.make(len(y)).fit(x, y)


def _scores(candidate: Candidate, predictors: Sequence[str], estimator: Any, frame: Frame) -> np.ndarray:
    return scores(estimator, _inputs(candidate, predictors, frame))


def _inputs(candidate: Candidate, predictors: Sequence[str], frame: Frame) -> np.ndarray:
    return frame.x[:, [list(predictors).index(name) for name in candidate.inputs]]
