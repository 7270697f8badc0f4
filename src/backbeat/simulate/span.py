"""The days of a world, and one independent stream of chance for each thing drawn in it."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

WINDOW_DAYS = 62
NEVER = 1_000_000
"""A day offset that no world reaches: what has not happened by its end."""


@dataclass(frozen=True)
class Span:
    """The UTC days from `start` to `end`, both included. Days are counted from `start`, which is day 0."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def window_from(self) -> int:
        """The first day of the KPI window, which is the last 62 days or all there are."""
        return max(0, self.days - WINDOW_DAYS)

    @property
    def window_days(self) -> int:
        return self.days - self.window_from

    def date(self, day: int) -> date:
        return self.start + timedelta(days=day)

    def dates(self, days: np.ndarray) -> pa.Array:
        """Day offsets [n] as ISO text, null where the day is NEVER."""
        moments = np.datetime64(self.start, "D") + np.minimum(days, NEVER).astype("timedelta64[D]")
        return pa.array(moments, mask=days >= NEVER).cast(pa.string())


def chance(seed: int, *names: str | int) -> np.random.Generator:
    """The stream of that name: what one part draws never shifts what another draws, nor does the order of threads."""
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))
