"""What a rule says of each point."""

from dataclasses import dataclass

import numpy as np

SURE = 0.5
"""The score from which a point is a breach, whatever the rule."""
JUST_BELOW = 0.499
FARTHEST = 1e100
"""A ratio whose square is so large that its score is 1."""


@dataclass(frozen=True)
class Judged:
    """Arrays of one length, an entry a point; NaN where a rule has no expectation, or no bound on that side."""

    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    score: np.ndarray
    is_breach: np.ndarray

    @classmethod
    def empty(cls, count: int) -> "Judged":
        """To be filled point by point."""
        expected, lower, upper = (np.full(count, np.nan) for _ in range(3))
        return cls(expected, lower, upper, np.zeros(count), np.zeros(count, dtype=bool))

    @classmethod
    def of(cls, expected: np.ndarray, lower: np.ndarray, upper: np.ndarray, ratio: np.ndarray) -> "Judged":
        """From how far each point lies out, as a ratio to how far it may: a breach is what lies further out than 1."""
        is_breach = ratio > 1
        with np.errstate(invalid="ignore", over="ignore"):
            score = np.where(ratio > FARTHEST, 1.0, ratio**2 / (1 + ratio**2))
        score = np.where(is_breach, np.maximum(score, SURE), np.minimum(score, JUST_BELOW))
        return cls(expected, lower, upper, np.where(ratio > 0, score, 0.0), is_breach)

    def put(self, i: int, expected: float, lower: float, upper: float, score: float) -> None:
        """Fill in one point."""
        self.expected[i], self.lower[i], self.upper[i] = expected, lower, upper
        self.score[i], self.is_breach[i] = score, score >= SURE

    def followed_by(self, other: "Judged") -> "Judged":
        """These points with others after them."""
        return Judged(*(np.concatenate(pair) for pair in zip(self._parts(), other._parts(), strict=True)))

    def after(self, start: int) -> "Judged":
        """Without the first points."""
        return Judged(*(part[start:] for part in self._parts()))

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self.expected, self.lower, self.upper, self.score, self.is_breach


def ratio_of(distance: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """How far out in parts of how far is allowed; 0 where either is unknown, infinite where nothing is allowed."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found = np.where(distance > 0, distance / np.maximum(reach, 0.0), 0.0)
    return np.where(np.isnan(distance) | np.isnan(reach), 0.0, found)
