"""Why a probability is what it is: what it would be if one thing about the customer were as usual.

Predictors of a group are set to their medians together, since one count of sessions says much the same as the next.
"""

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

import numpy as np

from backbeat import content
from backbeat.predict.model import SURE, Model

MOST = 3
NOTHING = 1e-3
"""A change of the log odds below which a group has no say."""


def reasons(model: Model, x: np.ndarray, p: np.ndarray) -> list[list[str]]:
    """For each row of `x` [rows, predictors] the groups that weigh most, in words, the heaviest first; three at most."""
    groups = list(_groups(model))
    effects = np.column_stack([_effect(model, x, p, columns) for columns in groups])
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :MOST]
    return [
        [_told(model, values, groups[i], effects[row, i]) for i in order[row] if abs(effects[row, i]) > NOTHING]
        for row, values in enumerate(x.tolist())
    ]


def _groups(model: Model) -> Iterator[list[int]]:
    """The columns of each group that the model looks at, the one that speaks for it first."""
    known = content.predictors()
    seen = [name for name in model.facts.predictors if name in model.facts.inputs]
    for _, names in groupby(seen, key=lambda name: known[name].group):
        yield [model.facts.predictors.index(name) for name in names]


def _effect(model: Model, x: np.ndarray, p: np.ndarray, columns: list[int]) -> np.ndarray:
    usual = x.copy()
    usual[:, columns] = [_number(model.facts.usual[i]) for i in columns]
    effect: np.ndarray = _logit(p) - _logit(model.probability(usual))
    return effect


def _logit(p: np.ndarray) -> np.ndarray:
    sure = np.clip(p, SURE, 1 - SURE)
    found: np.ndarray = np.log(sure / (1 - sure))
    return found


def _told(model: Model, row: list[float], columns: list[int], effect: float) -> str:
    """The first of a group that is not as usual speaks for it."""
    known = content.predictors()
    speaking = [known[model.facts.predictors[i]] for i in columns]
    said = [
        (_shown(each.kind, row[i]), _shown(each.kind, model.facts.usual[i]))
        for each, i in zip(speaking, columns, strict=True)
    ]
    nth = next((n for n, (value, usual) in enumerate(said) if value != usual), 0)
    value, usual = said[nth]
    return f"{'raises' if effect > 0 else 'lowers'}: {speaking[nth].words.format(value)} (usual: {usual})"


@lru_cache(maxsize=100_000)
def _shown(kind: str, value: float | None) -> str:
    if value is None or math.isnan(value):
        return "unknown"
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "share":
        return f"{100 * value:.0f} %"
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def _number(value: float | None) -> float:
    return np.nan if value is None else value
