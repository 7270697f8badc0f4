"""Rules of one line: a percentile, a threshold, a change, an absence. They look back on a bounded number of points."""

from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from backbeat.alert.judged import Judged, ratio_of
from backbeat.config import seconds
from backbeat.errors import UsageError

MICROS = 1_000_000


@dataclass
class Tail:
    """The newest points, as far as a rule looks back."""

    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def joined(self, times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """These points with others after them."""
        return np.concatenate([np.array(self.times, dtype=np.int64), times]), np.concatenate([self.values, values])

    def keep(self, times: np.ndarray, values: np.ndarray, start: int) -> None:
        """Remember the points from one on."""
        self.times, self.values = times[start:].tolist(), values[start:].tolist()


class Percentile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value above the percentile of the windows before it: the rule of the notebook."""

    percentile: float = 95.0
    windows: int = 12

    def __post_init__(self) -> None:
        demand(0 <= self.percentile <= 100 and self.windows >= 1, "percentile from 0 to 100, windows of 1 or more")

    def memory(self) -> Tail:
        """No points yet."""
        return Tail()

    def judge(self, times: np.ndarray, values: np.ndarray, memory: Tail) -> Judged:
        """Judge values in order of time."""
        all_times, known = memory.joined(times, values)
        before = np.sort(_windows_before(known, self.windows), axis=1)
        middle, upper = (_percentiles(before, each) for each in (50.0, self.percentile))
        ratio = ratio_of(known - middle, upper - middle)
        memory.keep(all_times, known, max(len(known) - self.windows, 0))
        judged = Judged.of(
            middle, np.full(len(known), np.nan), upper, np.where(known > upper, ratio, np.minimum(ratio, 1))
        )
        return judged.after(len(known) - len(values))


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value above or below what is written."""

    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        demand((self.above, self.below) != (None, None), "above: NUMBER, below: NUMBER, or both")
        if self.above is not None and self.below is not None:
            demand(self.below < self.above, "below smaller than above: between them all is well")

    def memory(self) -> Tail:
        """Nothing is looked back on."""
        return Tail()

    def judge(self, times: np.ndarray, values: np.ndarray, memory: Tail) -> Judged:
        """Judge values in any order."""
        del times, memory
        upper, lower = (np.full(len(values), np.nan if each is None else each) for each in (self.above, self.below))
        ratio = np.maximum(_beyond(values - upper, upper), _beyond(lower - values, lower))
        return Judged.of(np.full(len(values), np.nan), lower, upper, ratio)


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value that differs by a share from that of the same time some time ago; `min_count`: unless both are smaller."""

    by: float
    ago: str = "7d"
    direction: Literal["both", "up", "down"] = "both"
    min_count: float = 0.0

    def __post_init__(self) -> None:
        demand(self.by > 0, "by: a share above 0, such as 0.3")
        seconds(self.ago, "ago")

    def memory(self) -> Tail:
        """No points yet."""
        return Tail()

    def judge(self, times: np.ndarray, values: np.ndarray, memory: Tail) -> Judged:
        """Judge values in order of time."""
        all_times, known = memory.joined(times, values)
        before = _values_at(all_times, known, all_times - self._micros())
        reach = self.by * np.abs(before)
        ratio = ratio_of(self._apart(known - before), reach)
        ratio = np.where(np.fmax(np.abs(known), np.abs(before)) >= self.min_count, ratio, np.minimum(ratio, 1))
        if len(known):
            memory.keep(all_times, known, int(np.searchsorted(all_times, all_times[-1] - self._micros())))
        return Judged.of(before, before - reach, before + reach, ratio).after(len(known) - len(values))

    def _micros(self) -> int:
        return int(seconds(self.ago, "ago") * MICROS)

    def _apart(self, difference: np.ndarray) -> np.ndarray:
        found: np.ndarray = {"both": np.abs(difference), "up": difference, "down": -difference}[self.direction]
        return found


@dataclass
class Silence:
    """How many windows in a row had no data."""

    windows: int = 0


class Absence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No data, or zero, for so many windows in a row."""

    windows: int = 12

    def __post_init__(self) -> None:
        demand(self.windows >= 1, "windows of 1 or more")

    def memory(self) -> Silence:
        """Not silent yet."""
        return Silence()

    def judge(self, times: np.ndarray, values: np.ndarray, memory: Silence) -> Judged:
        """Judge values in order of time."""
        del times
        silent = np.isnan(values) | (values == 0)
        place = np.arange(1, len(values) + 1)
        last_heard = np.maximum.accumulate(np.where(silent, -memory.windows, place)) if len(values) else place
        windows = place - last_heard
        memory.windows = int(windows[-1]) if len(values) else memory.windows
        bound = np.full(len(values), np.nan)
        return Judged.of(bound, bound, bound, (windows + 0.5) / self.windows * (windows > 0))


def demand(is_sound: bool, words: str) -> None:
    """Raise UsageError, which says what to write, where parameters make no sense."""
    if not is_sound:
        raise UsageError(f"write {words}")


def _windows_before(values: np.ndarray, count: int) -> np.ndarray:
    """A row a value: those before it; NaN where there are fewer."""
    padded = np.concatenate([np.full(count, np.nan), values])
    rows = np.lib.stride_tricks.sliding_window_view(padded, count)[:-1].copy()
    rows[: min(count, len(rows))] = np.nan
    return rows


def _percentiles(ordered: np.ndarray, percentile: float) -> np.ndarray:
    """The percentile, between values by straight lines, of each row's values, which are sorted, with NaN at the end.

    It is numpy's `nanpercentile`, which takes rows with gaps one by one: minutes for years of windows.
    """
    last = np.maximum(np.count_nonzero(~np.isnan(ordered), axis=1) - 1, 0)
    place = last * (percentile / 100)
    low = np.floor(place).astype(np.int64)
    ends = np.take_along_axis(ordered, np.stack([low, np.minimum(low + 1, last)], axis=1), axis=1)
    apart, share = ends[:, 1] - ends[:, 0], place - low
    found: np.ndarray = np.where(share < 0.5, ends[:, 0] + apart * share, ends[:, 1] - apart * (1 - share))
    return found


def _beyond(distance: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """1 at a limit, 2 as far beyond it as it is from zero, 0 as far within."""
    found: np.ndarray = np.nan_to_num(1 + distance / np.maximum(np.abs(limit), 1.0), nan=0.0)
    return found


def _values_at(times: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The values at exactly these times, NaN where there is none."""
    if not len(times):
        return values
    place = np.minimum(np.searchsorted(times, wanted), len(times) - 1)
    return np.where(times[place] == wanted, values[place], np.nan)
