"""How good probabilities are against what came true, each number with the interval that chance alone leaves it.

Intervals are the middle 95 % of `RESAMPLES` bootstrap samples of customers, drawn as weights so that numpy computes all
of them at once.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from backbeat.predict.measures import Measured, Outcome, average_precisions, deciles, for_all, measures, share

RESAMPLES = 200
AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Quality:
    """One number about a model: `bin` is `all`, a decile, a cell or a segment. NaN where it means nothing."""

    metric: str
    bin: str
    value: float
    low: float = np.nan
    high: float = np.nan
    baseline_value: float = np.nan


def qualities(outcome: Outcome, baseline: np.ndarray, seed: int) -> list[Quality]:
    """Everything that is measured of a model, beside a baseline that says yes or no."""
    other = Outcome(outcome.y, baseline.astype(float), 0.5)
    found = intervals(len(outcome.y), seed, lambda weights: _all(outcome, other, weights))
    beside = {key: float(values[0]) for key, values in measures(other, _ones(other)).items()}
    rows = [replace(each, baseline_value=beside.get((each.metric, each.bin), np.nan)) for each in found]
    return [*rows, *confusion(outcome, other)]


def intervals(customers: int, seed: int, measure: Callable[[np.ndarray], Measured]) -> list[Quality]:
    """What is measured on all customers, and between which bounds it lies in resamples of them."""
    plain = measure(np.ones((1, customers)))
    parts = [measure(weights) for weights in _resamples(customers, seed)]
    found = []
    for (metric, bin_), values in plain.items():
        drawn = np.concatenate([part[metric, bin_] for part in parts])
        known = drawn[~np.isnan(drawn)]
        low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
        found.append(Quality(metric, bin_, float(values[0]), float(low), float(high)))
    return found


def confusion(outcome: Outcome, other: Outcome) -> list[Quality]:
    """How many of the test's customers were foretold what, and what came true."""
    return [
        Quality("confusion", cell, float(count), baseline_value=float(beside))
        for (cell, count), (_, beside) in zip(_cells(outcome), _cells(other), strict=True)
    ]


def _all(outcome: Outcome, other: Outcome, weights: np.ndarray) -> Measured:
    found = measures(outcome, weights)
    gain = found["average_precision", "all"] - average_precisions(other, weights)
    more = {"average_precision_gain": gain, "base_rate": share(weights, outcome.y)}
    return {**found, **for_all(more), **deciles(outcome, weights)}


def _cells(outcome: Outcome) -> list[tuple[str, int]]:
    said, true = outcome.p >= outcome.threshold, outcome.y.astype(bool)
    return [
        ("true_positive", int((said & true).sum())),
        ("false_positive", int((said & ~true).sum())),
        ("false_negative", int((~said & true).sum())),
        ("true_negative", int((~said & ~true).sum())),
    ]


def _resamples(customers: int, seed: int) -> Iterator[np.ndarray]:
    """How often each customer was drawn [resamples, customers], some resamples at a time."""
    rng = np.random.default_rng(seed)
    at_once = max(1, AT_ONCE // max(customers, 1))
    for begin in range(0, RESAMPLES, at_once):
        drawn = rng.integers(0, customers, (min(at_once, RESAMPLES - begin), customers))
        yield np.stack([np.bincount(row, minlength=customers) for row in drawn]).astype(float)


def _ones(outcome: Outcome) -> np.ndarray:
    return np.ones((1, len(outcome.y)))
