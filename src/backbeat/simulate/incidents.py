"""The spikes and the outage that an alert should find."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from backbeat.simulate.span import Span, chance

SPIKES = 3
SPIKE_FACTOR = 2.0
OUTAGE_FACTOR = 0.01
OUTAGE_MINUTES = 45


@dataclass(frozen=True)
class Incident:
    """`minutes` from `minute` of a day (UTC) in which listening is multiplied by `factor`."""

    kind: str
    day: int
    minute: int
    minutes: int
    factor: float

    def shape(self) -> np.ndarray:
        """What each minute of its day is multiplied by [1440]."""
        shape = np.ones(1440)
        shape[self.minute : self.minute + self.minutes] = self.factor
        return shape

    def told(self, span: Span) -> dict[str, str | float]:
        """The incident as truth.json tells it."""
        midnight = datetime.combine(span.date(self.day), datetime.min.time())
        start = midnight + timedelta(minutes=self.minute)
        end = start + timedelta(minutes=self.minutes)
        return {"start": f"{start.isoformat()}Z", "end": f"{end.isoformat()}Z", "factor": self.factor}


def draw_incidents(span: Span, seed: int) -> tuple[Incident, ...]:
    """One outage and three spikes on days of the KPI window, as many as it has room for; its last day stays calm."""
    rng = chance(seed, "incidents")
    calm = np.arange(span.window_from, span.days - 1)
    days = rng.permutation(calm)[: SPIKES + 1]
    return tuple(_incident(int(day), place == 0, rng) for place, day in enumerate(days))


def _incident(day: int, is_outage: bool, rng: np.random.Generator) -> Incident:
    if is_outage:
        return Incident("outage", day, int(rng.integers(9 * 60, 19 * 60)), OUTAGE_MINUTES, OUTAGE_FACTOR)
    return Incident("spike", day, int(rng.integers(9 * 60, 21 * 60)), int(rng.integers(20, 41)), SPIKE_FACTOR)
