"""The usual detectors of streaming anomalies, to stand beside ours: each gives every point a score from 0 to 1."""

from collections.abc import Callable
from math import erf

import numpy as np

import backbeat

Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]


def rule(name: str) -> Scorer:
    """One of ours."""
    return lambda times, values: backbeat.detect(times, values, name)["score"].to_numpy()


def sliding_z(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How many standard deviations from the mean of the 500 points before."""
    del times
    known = _filled(values)
    total, square = (np.concatenate([[0.0], np.cumsum(v)]) for v in (known - known[0], (known - known[0]) ** 2))
    i = np.arange(len(known))
    begin = np.maximum(i - 500, 0)
    count = np.maximum(i - begin, 1)
    mean, var = (total[i] - total[begin]) / count, (square[i] - square[begin]) / count
    z = (known - known[0] - mean) / np.sqrt(np.maximum(var - mean**2, 1e-9))
    return z**2 / (z**2 + 16)


def ewma(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How many standard deviations from an exponentially weighted mean (weight 0.1, variance alike)."""
    del times
    known = _filled(values)
    mean, var, scores = known[0], 0.0, []
    for value in known.tolist():
        apart = value - mean
        z2 = apart**2 / max(var, 1e-9)
        scores.append(z2 / (z2 + 16))
        mean, var = mean + 0.1 * apart, 0.9 * (var + 0.1 * apart**2)
    return np.array(scores)


def windowed_gaussian(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """One minus the tail of a normal distribution of the last 6,400 points, moved on by a hundred at a time."""
    del times
    known = _filled(values)
    scores = np.zeros(len(known))
    mean, std = known[0], 1e-9
    for i, value in enumerate(known.tolist()):
        scores[i] = 0.5 + 0.5 * erf(abs(value - mean) / std / 2**0.5)
        if i < 6400 or i % 100 == 0:
            window = known[max(i - 6399, 0) : i + 1]
            mean, std = window.mean(), max(window.std(), 1e-9)
    return scores


def relative_entropy(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Whether the last 52 points, in five bins, are spread unlike any 52 before (Wang et al. 2011; χ², p = 0.01)."""
    del times
    known = _filled(values)
    low, high = known.min(), known.max()
    bins = np.minimum(((known - low) / max(high - low, 1e-9) * 5).astype(int), 4)
    shapes: list[np.ndarray] = []
    scores = np.zeros(len(known))
    for i in range(52, len(known) + 1):
        shape = np.bincount(bins[i - 52 : i], minlength=5) / 52
        known_one = any(2 * 52 * _divergence(shape, other) < 13.28 for other in shapes)
        if not known_one:
            shapes.append(shape)
        scores[i - 1] = float(not known_one and len(shapes) > 1)
    return scores


def chance(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Random numbers."""
    del times
    return np.random.default_rng(len(values)).random(len(values))


def silence(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Never a word."""
    del times
    return np.zeros(len(values))


def _filled(values: np.ndarray) -> np.ndarray:
    """Points without a value have that of the one before."""
    place = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(len(values))))
    return np.nan_to_num(values[place])


def _divergence(one: np.ndarray, other: np.ndarray) -> float:
    there = one > 0
    return float(np.sum(one[there] * np.log(one[there] / np.maximum(other[there], 1e-3))))


DETECTORS: dict[str, Scorer] = {
    "seasonal": rule("seasonal"),
    "percentile": rule("percentile"),
    "windowed Gaussian": windowed_gaussian,
    "sliding z-score": sliding_z,
    "EWMA": ewma,
    "relative entropy": relative_entropy,
    "random": chance,
    "null": silence,
}
