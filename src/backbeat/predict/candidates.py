"""The kinds of model that compete, the simplest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backbeat import content


@dataclass(frozen=True)
class Candidate:
    """A kind of model: which predictors it looks at, and what makes one for so many rows."""

    name: str
    title: str
    inputs: tuple[str, ...]
    make: Callable[[int], Any]


def candidates(predictors: Sequence[str], seed: int) -> list[Candidate]:
    """A cut through one count, logistic regression, boosted trees."""
    every = tuple(predictors)
    return [
        Candidate("one_count", "a cut through one count", (longest_count(predictors),), _linear),
        Candidate("logistic", "logistic regression", every, _linear),
        Candidate("boosting", "gradient boosted trees", every, lambda rows: _boosting(rows, seed)),
    ]


def longest_count(predictors: Sequence[str]) -> str:
    """The sessions of the most days that are covered."""
    counts = [name for name in predictors if content.predictors()[name].group == "sessions"]
    return max(counts, key=lambda name: content.predictors()[name].look_back or 0)


def _linear(_: int) -> Any:
    """Logarithms, since ten sessions more mean much to who had ten and little to who had a hundred."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    filled = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(
        filled, FunctionTransformer(np.log1p), StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)
    )


def _boosting(rows: int, seed: int) -> Any:
    """Small trees and no early stopping, which would need a random split."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=100,
        max_leaf_nodes=6,
        min_samples_leaf=max(10, min(100, rows // 40)),
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    )
