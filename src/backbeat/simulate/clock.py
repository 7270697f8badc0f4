"""When in the day people listen."""

from collections.abc import Iterable

import numpy as np

from backbeat.simulate.incidents import Incident

KNOTS = 4096
DAY_SECONDS = 86_400
WORKDAY = (9, 5, 3, 2, 2, 4, 12, 28, 34, 28, 24, 24, 27, 27, 26, 28, 33, 42, 46, 44, 42, 38, 29, 17)
WEEKEND = (18, 11, 7, 4, 3, 3, 5, 10, 18, 27, 34, 38, 40, 41, 41, 41, 42, 43, 45, 46, 46, 44, 38, 28)
WEEKDAYS = (0.95, 0.96, 0.98, 1.0, 1.08, 1.07, 0.96)
"""How busy Monday to Sunday are."""


def clock_of(weekday: int, offsets: Iterable[float], incidents: Iterable[Incident]) -> np.ndarray:
    """Seconds of the UTC day at 4,097 even shares of its listening, one row for each offset from UTC in hours."""
    return np.stack([_quantiles(_density(weekday, offset, incidents)) for offset in offsets])


def draw_seconds(clock: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A second of the UTC day for each entry of `rows` [n], drawn from that row of the clock, as int32."""
    place = rng.random(len(rows), dtype=np.float32) * np.float32(KNOTS)
    knot = np.minimum(place.astype(np.int32), KNOTS - 1)
    flat, first = clock.ravel(), rows * (KNOTS + 1) + knot
    seconds = flat[first] + (place - knot) * (flat[first + 1] - flat[first])
    whole: np.ndarray = np.minimum(seconds.astype(np.int32), DAY_SECONDS - 1)
    return whole


def busier(weekday: int, offset: float, incident: Incident) -> float:
    """How much more (or less) the whole day sees because of the incident."""
    usual = _density(weekday, offset, ())
    return float((usual * incident.shape()).sum() / usual.sum())


def _density(weekday: int, offset: float, incidents: Iterable[Incident]) -> np.ndarray:
    hours = np.array(WEEKEND if weekday >= 5 else WORKDAY, dtype=float)
    local = np.interp(np.arange(1440) / 60, np.arange(25), np.append(hours, hours[0]))
    density: np.ndarray = np.roll(local, -round(offset * 60))
    for incident in incidents:
        density = density * incident.shape()
    return density


def _quantiles(density: np.ndarray) -> np.ndarray:
    share = np.concatenate([[0.0], np.cumsum(density)]) / density.sum()
    seconds: np.ndarray = np.interp(np.linspace(0, 1, KNOTS + 1), share, np.arange(1441) * 60.0).astype(np.float32)
    return seconds
