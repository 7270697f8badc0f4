"""A trained model: an estimator, how its scores become probabilities, and all that is known about how it came to be."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np

SURE = 1e-6
"""No score is nearer than this to 0 or 1, so that its logit is finite."""


class Bins(msgspec.Struct, frozen=True):
    """How a predictor was distributed in training: `edges` between bins, and each bin's share, unknown ones last."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is, in JSON beside its estimator. `inputs` are those of the `predictors` that the estimator sees.

    probability = sigmoid(slope × logit(score) + level); `predicted` from `threshold` on. `usual` has the medians of
    training, `customers` how many rows that was; `libraries` and `definition` say with what it was made, `data` from
    which versions of which tables.
    """

    label: str
    title: str
    definition: str
    kind: str
    as_of: date
    horizon: int
    wanted_horizon: int
    sessions: int
    predictors: tuple[str, ...]
    inputs: tuple[str, ...]
    slope: float
    level: float
    threshold: float
    usual: tuple[float | None, ...]
    reference: dict[str, Bins]
    base_rate: float
    seed: int
    content: str
    libraries: dict[str, str]
    data: dict[str, int] = {}
    customers: int = 0


@dataclass(frozen=True)
class Model:
    """An estimator and its facts; `version` names both together."""

    estimator: Any
    facts: Facts
    version: str = ""

    def probability(self, x: np.ndarray) -> np.ndarray:
        """The calibrated probability of each row of `x` [rows, predictors]."""
        columns = [self.facts.predictors.index(name) for name in self.facts.inputs]
        return calibrated(scores(self.estimator, x[:, columns]), self.facts.slope, self.facts.level)


def scores(estimator: Any, x: np.ndarray) -> np.ndarray:
    """What an estimator says of each row, as the logit of its probability."""
    with one_thread():
        raw = np.clip(estimator.predict_proba(x)[:, 1], SURE, 1 - SURE)
    found: np.ndarray = np.log(raw / (1 - raw))
    return found


def calibrated(scored: np.ndarray, slope: float, level: float) -> np.ndarray:
    """Probabilities from logits (Platt, 1999)."""
    return sigmoid(slope * scored + level)


def sigmoid(z: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / (1 + np.exp(-z))
    return found


def slope_of(scored: np.ndarray, y: np.ndarray) -> float:
    """How far scores of unseen customers have to be stretched to be true; 0 where they are worth nothing."""
    from sklearn.linear_model import LogisticRegression

    with one_thread():
        fitted = LogisticRegression(C=1e6, max_iter=1000).fit(scored[:, None], y)
    return max(0.0, float(fitted.coef_[0, 0]))


def level_of(scored: np.ndarray, y: np.ndarray, slope: float) -> float:
    """The level at which the mean probability is the share of positives, by bisection."""
    low, high = -50.0, 50.0
    for _ in range(100):
        middle = (low + high) / 2
        too_low = calibrated(scored, slope, middle).mean() < y.mean()
        low, high = (middle, high) if too_low else (low, middle)
    return (low + high) / 2


@contextmanager
def one_thread() -> Iterator[None]:
    """More threads would add numbers in another order, and get in each other's way on small data."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def reference_of(x: np.ndarray, predictors: tuple[str, ...]) -> dict[str, Bins]:
    """How each predictor is distributed, by its deciles."""
    return {name: _bins(x[:, i]) for i, name in enumerate(predictors)}


def _bins(values: np.ndarray) -> Bins:
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0.1, 0.9, 9))) if len(known) else np.array([])
    return Bins(tuple(edges.tolist()), tuple((counts(values, edges) / max(len(values), 1)).tolist()))


def counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """How many values lie in each bin [edges + 2]; a value on an edge is in the bin below, unknown ones are in the last."""
    places = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))
    return np.bincount(places, minlength=len(edges) + 2)


def drift(bins: Bins, counted: np.ndarray) -> float:
    """The population stability index of a predictor since training: below 0.1 little has moved, above 0.25 much."""
    return _stability(np.array(bins.shares), counted)


def drift_by_chance(bins: Bins, counted: np.ndarray, learnt: int) -> float:
    """What the index stays below in 999 of 1,000 cases where nothing has moved, `learnt` being the rows of training.

    It is then distributed as (1 / then + 1 / now) χ² (Yurdakul, 2018); χ² as Wilson and Hilferty (1931) have it.
    """
    freedom = max(int(((np.array(bins.shares) > 0) | (counted > 0)).sum()) - 1, 1)
    spread = 2 / (9 * freedom)
    critical: float = freedom * (1 - spread + 3.09 * spread**0.5) ** 3
    return critical * (1 / max(learnt, 1) + 1 / max(float(counted.sum()), 1))


def interval_of_share(share: float, customers: int) -> tuple[float, float]:
    """Where a share of so many customers lies with 95 % (Wilson, 1927)."""
    z = 1.96
    middle = share + z * z / (2 * customers)
    reach = z * ((share * (1 - share) + z * z / (4 * customers)) / customers) ** 0.5
    return (middle - reach) / (1 + z * z / customers), (middle + reach) / (1 + z * z / customers)


def _stability(before: np.ndarray, counted: np.ndarray) -> float:
    now = np.maximum(counted / max(counted.sum(), 1), 1e-4)
    then = np.maximum(before, 1e-4)
    return float(((now - then) * np.log(now / then)).sum())
