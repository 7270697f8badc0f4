"""The days that a series has had, as curves over the time of day."""

from dataclasses import dataclass, field

import numpy as np

SLOTS = 288
DAY = 86_400_000_000
KEPT = 56
DAILY, WEEKS, NEAR = 28, 8, 6
MEDIAN = 0.6745
"""A normal distribution's median absolute deviation, of its standard deviation."""
TINY = 1e-300


@dataclass
class Days:
    """The values of each day by five minutes, NaN where there is none to learn from; the newest day last."""

    numbers: list[int] = field(default_factory=list)
    rows: list[np.ndarray] = field(default_factory=list)
    filled: list[int] = field(default_factory=lambda: [0] * SLOTS)

    def begin(self, day: int) -> None:
        """A new day, of which nothing is known yet."""
        self.numbers = [*self.numbers[-KEPT:], day]
        self.rows = [*self.rows[-KEPT:], np.full(SLOTS, np.nan)]
        self.filled = [0] * SLOTS

    def put(self, slot: int, value: float) -> None:
        """Add a value to today; those of one slot are averaged."""
        before, count = self.rows[-1][slot], self.filled[slot]
        self.rows[-1][slot] = (before * count + value) / (count + 1) if count else value
        self.filled[slot] = count + 1

    def daily(self) -> np.ndarray | None:
        """The middle of each slot over the days before today, freed of noise."""
        return _joined(_calmed(_middle(np.array(self.rows[-1 - DAILY : -1])))) if len(self.rows) > 1 else None

    def weekly(self, daily: np.ndarray) -> np.ndarray | None:
        """The same, moved by how today's weekday ran apart from it in the weeks before, over the slots nearby."""
        today = self.numbers[-1]
        pairs = zip(self.numbers, self.rows, strict=True)
        same = [row for number, row in pairs if number < today and (today - number) % 7 == 0]
        if not same:
            return None
        apart = np.array(same[-WEEKS:]) - daily
        known = ~np.isnan(apart)
        total, count = _around(np.nansum(apart, 0), NEAR), _around(known.sum(0).astype(float), NEAR)
        moved: np.ndarray = daily + total / (count + 2)
        return moved


def _middle(rows: np.ndarray) -> np.ndarray:
    """The mean of each column's middle half: against a quarter of strays as steady as a median, and less noisy."""
    count = np.sum(~np.isnan(rows), axis=0)
    cut, rank = count // 4, np.arange(len(rows))[:, None]
    inside = (rank >= cut) & (rank < count - cut)
    total = np.sum(np.where(inside, np.sort(rows, axis=0), 0.0), axis=0)
    found: np.ndarray = np.divide(total, count - 2 * cut, out=np.full(rows.shape[1], np.nan), where=count > 0)
    return found


def _calmed(curve: np.ndarray) -> np.ndarray:
    """Each slot drawn towards the mean of those nearby, as far as noise explains how they differ (Lee 1980)."""
    near = np.lib.stride_tricks.sliding_window_view(np.pad(curve, NEAR, mode="wrap"), 2 * NEAR + 1)
    known = ~np.isnan(near)
    count = np.maximum(known.sum(1), 1)
    mean = np.where(known, near, 0.0).sum(1) / count
    noise = _noise(curve[~np.isnan(curve)])
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.where(known, (near - mean[:, None]) ** 2, 0.0).sum(1) / count
        share = np.nan_to_num(noise / np.maximum(apart, max(noise, TINY)))
    calmed: np.ndarray = curve + share * (mean - curve)
    return calmed


def _noise(values: np.ndarray) -> float:
    """The variance of what is no curve, by second differences round the day; few of them touch a step."""
    bends = np.roll(values, 1) - 2 * values + np.roll(values, -1)
    with np.errstate(over="ignore"):
        return float((np.median(np.abs(bends)) / MEDIAN) ** 2 / 6) if len(values) else 0.0


def _joined(curve: np.ndarray) -> np.ndarray | None:
    """A day's curve, its gaps bridged; None where nothing is known."""
    known = np.flatnonzero(~np.isnan(curve))
    if not len(known):
        return None
    found: np.ndarray = np.interp(np.arange(SLOTS), known, curve[known], period=SLOTS)
    return found


def _around(values: np.ndarray, near: int) -> np.ndarray:
    """The sum over each slot and so many to each side; a day is a circle."""
    total = np.cumsum(np.concatenate([[0.0], values[-near:], values, values[:near]]))
    found: np.ndarray = total[2 * near + 1 :] - total[: len(values)]
    return found
