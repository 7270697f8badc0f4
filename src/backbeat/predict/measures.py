"""What probabilities are worth against what came true, of many weighings of the customers at once.

Whatever ranks treats customers of equal probability as one group, in no order; what has no meaning is NaN.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

BINS = 10
TOP = 0.1
Measured = dict[tuple[str, str], np.ndarray]
"""(metric, bin) → numbers [weighings]."""


@dataclass(frozen=True)
class Outcome:
    """Probabilities `p` and truths `y` of customers [n]; predicted from `threshold` on."""

    y: np.ndarray
    p: np.ndarray
    threshold: float

    @cached_property
    def order(self) -> np.ndarray:
        return np.argsort(-self.p, kind="stable")

    @cached_property
    def starts(self) -> np.ndarray:
        """Where each group of equal probability begins, the greatest first."""
        ranked = self.p[self.order]
        return np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])

    def grouped(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positives and customers of each group [resamples, groups]."""
        ranked, true = weights[:, self.order], self.y[self.order]
        positives = np.add.reduceat(ranked * true, self.starts, axis=1)
        return positives, np.add.reduceat(ranked, self.starts, axis=1)


def measures(outcome: Outcome, weights: np.ndarray) -> Measured:
    """The numbers that a baseline has, too [resamples each]."""
    positives, customers = outcome.grouped(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        ranked = {
            "average_precision": _average_precision(positives, customers),
            "roc_auc": _roc_auc(positives, customers),
            "lift_at_10": _lift(positives, customers),
        }
        more = {"brier": _brier(outcome, weights), "ece": calibration_error(outcome, weights)}
        return for_all({**ranked, **_decided(outcome, positives, customers), **more})


def roc_auc(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """How often a positive is ranked above a negative [resamples]; ties count half."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _roc_auc(*outcome.grouped(weights))


def average_precisions(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """The mean precision over the positives, by falling probability [resamples]; NaN without any."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _average_precision(*outcome.grouped(weights))


def average_precision(y: np.ndarray, p: np.ndarray) -> float:
    """The same of every customer once."""
    return float(average_precisions(Outcome(y, p, 0.5), np.ones((1, len(y))))[0])


def best_threshold(y: np.ndarray, p: np.ndarray) -> float:
    """The probability from which on saying yes gives the best F1."""
    outcome = Outcome(y, p, 0.5)
    positives, customers = outcome.grouped(np.ones((1, len(y))))
    f1 = 2 * positives.cumsum(axis=1) / (customers.cumsum(axis=1) + positives.sum())
    return float(p[outcome.order][outcome.starts[int(f1[0].argmax())]])


def calibration_error(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    """The expected calibration error over ten bins of equal width."""
    member = _members(np.minimum((outcome.p * BINS).astype(int), BINS - 1))
    off = weights @ (member * (outcome.p - outcome.y)[:, None])
    return np.asarray(np.abs(off).sum(axis=1) / weights.sum(axis=1))


def deciles(outcome: Outcome, weights: np.ndarray) -> Measured:
    """What was foretold and what came true in ten bins of as many customers, the least likely first."""
    rank = np.empty(len(outcome.p), int)
    rank[outcome.order[::-1]] = np.arange(len(outcome.p))
    member = _members(rank * BINS // len(outcome.p))
    with np.errstate(invalid="ignore"):
        foretold, true = ((weights @ (member * v[:, None])) / (weights @ member) for v in (outcome.p, outcome.y))
    return {
        **{("calibration_foretold", str(i + 1)): foretold[:, i] for i in range(BINS)},
        **{("calibration_observed", str(i + 1)): true[:, i] for i in range(BINS)},
    }


def share(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    found: np.ndarray = (weights @ values) / weights.sum(axis=1)
    return found


def for_all(found: dict[str, np.ndarray]) -> Measured:
    return {(metric, "all"): values for metric, values in found.items()}


def _average_precision(positives: np.ndarray, customers: np.ndarray) -> np.ndarray:
    seen = customers.cumsum(axis=1)
    precision = positives.cumsum(axis=1) / np.where(seen > 0, seen, 1)
    found: np.ndarray = (precision * positives).sum(axis=1) / positives.sum(axis=1)
    return found


def _roc_auc(positives: np.ndarray, customers: np.ndarray) -> np.ndarray:
    negatives = customers - positives
    below = negatives.sum(axis=1)[:, None] - negatives.cumsum(axis=1)
    won = (positives * (below + negatives / 2)).sum(axis=1)
    found: np.ndarray = won / (positives.sum(axis=1) * negatives.sum(axis=1))
    return found


def _lift(positives: np.ndarray, customers: np.ndarray) -> np.ndarray:
    """How many times more positives there are among the likeliest tenth than among all."""
    everyone = customers.sum(axis=1)
    before = customers.cumsum(axis=1) - customers
    taken = np.clip(TOP * everyone[:, None] - before, 0, customers)
    hit = (positives * taken / np.where(customers > 0, customers, 1)).sum(axis=1)
    found: np.ndarray = hit / (TOP * positives.sum(axis=1))
    return found


def _decided(outcome: Outcome, positives: np.ndarray, customers: np.ndarray) -> dict[str, np.ndarray]:
    yes = outcome.p[outcome.order][outcome.starts] >= outcome.threshold
    right, said = positives[:, yes].sum(axis=1), customers[:, yes].sum(axis=1)
    true, everyone = positives.sum(axis=1), customers.sum(axis=1)
    return {
        "precision": right / said,
        "recall": right / true,
        "f1": 2 * right / (said + true),
        "accuracy": (everyone - said - true + 2 * right) / everyone,
    }


def _brier(outcome: Outcome, weights: np.ndarray) -> np.ndarray:
    return share(weights, np.square(outcome.p - outcome.y))


def _members(bins: np.ndarray) -> np.ndarray:
    return np.asarray(bins[:, None] == np.arange(BINS), float)
