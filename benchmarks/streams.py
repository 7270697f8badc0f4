"""Made-up streams with labelled troubles, of the kinds that public benchmarks of streaming anomalies hold.

Loads of machines with spikes that nobody labelled, counts with heavy tails, taxi rides with holidays, sensors that
wander, drift or stand still, traffic at irregular times, prices an hour, and series in which nothing is wrong.
Everything is drawn from seeds.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

START = np.datetime64("2025-01-06", "us")


@dataclass(frozen=True)
class Stream:
    """A series and the windows (first, last point) in which something is wrong."""

    kind: str
    times: np.ndarray
    values: np.ndarray
    windows: tuple[tuple[int, int], ...]

    @property
    def probation(self) -> int:
        """Points at the beginning that are not judged."""
        return min(int(0.15 * len(self.values)), 750)


@cache
def streams(seeds: int = 2) -> tuple[Stream, ...]:
    """So many of each kind."""
    return tuple(maker(np.random.default_rng(1000 * n + s)) for n, maker in enumerate(MAKERS) for s in range(seeds))


def _labelled(
    kind: str, minutes: float, values: np.ndarray, troubles: list[int], jitter: np.ndarray | None = None
) -> Stream:
    """Windows of a tenth of the points in all, round each trouble's beginning."""
    half = max(int(0.1 * len(values) / max(len(troubles), 1) / 2), 2)
    windows = tuple((max(at - half, 0), min(at + half, len(values) - 1)) for at in sorted(troubles))
    offsets = np.arange(len(values)) * minutes if jitter is None else np.cumsum(jitter)
    return Stream(kind, START + (offsets * 60e6).astype("timedelta64[us]"), values, windows)


def _places(random: np.random.Generator, n: int, count: int) -> list[int]:
    """Beginnings of troubles, after the first quarter, far apart."""
    slots = np.linspace(0.3, 0.9, count + 1)
    return [int(n * random.uniform(low, low + (high - low) * 0.6)) for low, high in pairwise(slots)]


def _day(n: int, a_day: int, shift: float = 0.0) -> np.ndarray:
    """From −1 to 1 over the day."""
    return np.sin(2 * np.pi * (np.arange(n) / a_day - shift))


def _spikes(random: np.random.Generator, n: int, share: float, size: float, shape: float = 2.5) -> np.ndarray:
    """Bursts of a few points with a heavy tail, as jobs on a machine make them."""
    found = np.zeros(n)
    for at in np.flatnonzero(random.random(n) < share):
        found[at : at + random.integers(1, 4)] += size * (1 + random.pareto(shape))
    return found


def _hung(random: np.random.Generator, n: int, memory: float) -> np.ndarray:
    """Noise of size one that hangs together."""
    steps, found = random.normal(0, (1 - memory**2) ** 0.5, n), np.zeros(n)
    for i in range(1, n):
        found[i] = memory * found[i - 1] + steps[i]
    return found


def plateau(random: np.random.Generator) -> Stream:
    """A busy machine: noise round a level, jobs now and then; the trouble is a plateau."""
    n = 4032
    values = 40 + random.normal(0, 2, n) + _spikes(random, n, 0.004, 4)
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 40] += random.choice([-1, 1]) * 15
    return _labelled("plateau", 5, np.round(values, 3), troubles)


def idle_load(random: np.random.Generator) -> Stream:
    """A machine that does next to nothing, with jobs at random; the trouble is a load that nobody has seen before."""
    n = 4032
    values = 2 + random.gamma(2, 0.05, n) + _spikes(random, n, 0.012, 1.5)
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 6] += 35
    values[troubles[1] : troubles[1] + 60] += 3.5
    return _labelled("idle load", 5, np.round(values, 3), troubles)


def level_shift(random: np.random.Generator) -> Stream:
    """A level that changes for good."""
    n = 4032
    values = 0.1 + random.gamma(4, 0.01, n) + _spikes(random, n, 0.003, 0.08)
    at = _places(random, n, 1)
    values[at[0] :] += 0.12
    return _labelled("level shift", 5, np.round(values, 3), at)


def disk_writes(random: np.random.Generator) -> Stream:
    """Zero most of the time, else bursts of any size up to a limit; the trouble goes on and on, or beyond the limit."""
    n = 4032
    values = np.where(random.random(n) < 0.06, random.uniform(0.1, 1, n) * 4e7, 0.0)
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 15] = random.uniform(3e7, 4e7, 15)
    values[troubles[1]] = 5e8
    return _labelled("disk writes", 5, np.round(values), troubles)


def network(random: np.random.Generator) -> Stream:
    """A backup every hour and a larger one each day; the trouble is traffic of another size."""
    n = 4032
    values = 1e5 * random.gamma(20, 0.05, n)
    values[::12] += 1e6 * random.gamma(40, 0.025, len(values[::12]))
    values[100::288] += 6e6
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 3] += 2e7
    values[troubles[1] : troubles[1] + 40] *= 4
    return _labelled("network", 5, np.round(values), troubles)


def requests(random: np.random.Generator) -> Stream:
    """Requests to a balancer: small counts, a mild day, bursts; the trouble is a storm."""
    n = 4032
    expected = 60 * (1 + 0.5 * _day(n, 288, 0.3)) * random.gamma(4, 0.25, n) + _spikes(random, n, 0.003, 80)
    troubles = _places(random, n, 2)
    expected[troubles[0] : troubles[0] + 8] += 500
    expected[troubles[1] : troubles[1] + 25] += 220
    return _labelled("requests", 5, random.poisson(expected).astype(float), troubles)


def group_size(random: np.random.Generator) -> Stream:
    """A number that stands still, is moved by hand now and then, and falls to zero in a trouble."""
    n = 4032
    values = np.full(n, 30.0)
    for at, level in zip(sorted(random.integers(300, n, 3)), random.integers(26, 36, 3), strict=True):
        values[at:] = level
    values += np.round(random.normal(0, 0.3, n))
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 30] = 0
    values[troubles[1] : troubles[1] + 200] = 12
    return _labelled("group size", 5, values, troubles)


def temperature(random: np.random.Generator) -> Stream:
    """A machine's temperature: it wanders smoothly, restarts are known; the trouble is a fall within an hour."""
    n = 12000
    values = 80 + 3 * _hung(random, n, 0.997) + random.normal(0, 0.3, n)
    troubles = _places(random, n, 3)
    for at, size in zip(troubles, (12, 18, 9), strict=True):
        values[at : at + 150] -= np.minimum(np.arange(150) / 12, 1) * size
    return _labelled("temperature", 5, values, troubles)


def office(random: np.random.Generator) -> Stream:
    """An office's temperature an hour, gaps in it; the trouble is a system that fails over a night."""
    n = 7200
    values = 70 + 2.5 * _day(n, 24, 0.4) * (np.arange(n) // 24 % 7 < 5) + 1.5 * _hung(random, n, 0.98)
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 30] -= 9
    values[troubles[1] : troubles[1] + 30] += 8
    jitter = np.where(random.random(n) < 0.002, 60 * random.integers(2, 60, n), 60)
    return _labelled("office", 60, values + random.normal(0, 0.5, n), troubles, jitter)


def taxi(random: np.random.Generator) -> Stream:
    """Rides every half hour over 30 weeks, by day and week, growing; the trouble is a day unlike its weekday."""
    n = 48 * 210
    day = np.arange(n) // 48
    curve = 8000 - 6000 * _day(n, 48, -0.1) + 3000 * np.sin(4 * np.pi * (np.arange(n) - 12) / 48)
    curve = np.maximum(curve * np.where(np.isin(day % 7, (5, 6)), 0.8, 1.0), 900)
    values = curve * (1 + 0.1 * np.arange(n) / n) * (1 + 0.05 * _hung(random, n, 0.9) + random.normal(0, 0.02, n))
    troubles = [at // 48 * 48 + 16 for at in _places(random, n, 5)]
    for at, factor in zip(troubles, (0.6, 1.4, 0.7, 0.45, 0.65), strict=True):
        values[at : at + 30] *= factor
    return _labelled("taxi", 30, np.round(values), troubles)


def mentions(random: np.random.Generator) -> Stream:
    """Mentions: counts with a heavy tail and a mild day; the trouble is a storm."""
    n = 15800
    base = 20 * (1 + 0.5 * _day(n, 288, 0.4)) * random.gamma(4, 0.25, n)
    values = random.poisson(base) + np.floor(_spikes(random, n, 0.004, 25, 2.0))
    troubles = _places(random, n, 4)
    for at, size in zip(troubles, (150, 300, 600, 200), strict=True):
        values[at : at + 24] += np.floor(size * np.exp(-np.arange(24) / 10))
    return _labelled("mentions", 5, values.astype(float), troubles)


def prices(random: np.random.Generator) -> Stream:
    """Prices an hour: skewed noise with a mild day, some dear hours; the trouble is a price many times the usual."""
    n = 1620
    values = np.exp(random.normal(0, 0.35, n)) * (1 + 0.2 * _day(n, 24)) + _spikes(random, n, 0.004, 1.5)
    troubles = _places(random, n, 3)
    for at, factor in zip(troubles, (8, 5, 12), strict=True):
        values[at : at + 2] *= factor
    return _labelled("prices", 60, values, troubles)


def speeds(random: np.random.Generator) -> Stream:
    """Speeds at irregular times with gaps; the trouble is a jam when there is none."""
    n = 2500
    jitter = random.exponential(6, n) + 2 + (random.random(n) < 0.005) * 300
    hour = np.cumsum(jitter) / 60 % 24
    values = 65 - 20 * np.exp(-((hour - 8) ** 2)) - 15 * np.exp(-((hour - 17) ** 2) / 2) + random.normal(0, 4, n)
    values -= np.minimum(_spikes(random, n, 0.003, 8), 30)
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 15] -= 28
    return _labelled("speeds", 5, np.round(values), troubles, jitter)


def occupancy(random: np.random.Generator) -> Stream:
    """How full a road is: a day's curve, noise that grows with it, irregular; the trouble is a road that is full."""
    n = 2400
    jitter = np.where(random.random(n) < 0.1, 15.0, 5.0)
    hour = np.cumsum(jitter) / 60 % 24
    expected = 4 + 10 * np.exp(-((hour - 8) ** 2) / 3) + 12 * np.exp(-((hour - 17) ** 2) / 4)
    values = expected * random.gamma(8, 1 / 8, n)
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 12] += 28
    return _labelled("occupancy", 5, np.round(values, 2), troubles, jitter)


def missing_day(random: np.random.Generator) -> Stream:
    """A machine that is on by day and off by night; the trouble is a day without its on."""
    n = 4032
    on = (np.arange(n) % 288 > 108) & (np.arange(n) % 288 < 216)
    at = 288 * int(random.integers(8, 12)) + 109
    on[at : at + 107] = False
    return _labelled("missing day", 5, 20 + 60.0 * on + random.uniform(-4, 4, n), [at])


def higher_day(random: np.random.Generator) -> Stream:
    """The same machine; the trouble is a day whose on is higher, or flat."""
    n = 4032
    on = ((np.arange(n) % 288 > 108) & (np.arange(n) % 288 < 216)) * 60.0
    at = 288 * int(random.integers(8, 12)) + 109
    on[at : at + 107] = random.choice([20.0, 85.0])
    return _labelled("higher day", 5, 20 + on + random.uniform(-4, 4, n), [at])


def denser_spikes(random: np.random.Generator) -> Stream:
    """Spikes of one size at random, rare; the trouble is that they come five times as often."""
    n = 4032
    share = np.full(n, 0.02)
    at = _places(random, n, 1)
    share[at[0] : at[0] + 300] = 0.15
    return _labelled("denser spikes", 5, 20.0 * (random.random(n) < share), at)


def louder(random: np.random.Generator) -> Stream:
    """Noise that becomes four times as loud, and then flat."""
    n = 4032
    values = random.normal(0, 1, n)
    at = _places(random, n, 2)
    values[at[0] : at[0] + 100] *= 5
    values[at[1] : at[1] + 300] = values[at[1]]
    return _labelled("loud, then flat", 5, values, at)


def latency(random: np.random.Generator) -> Stream:
    """Milliseconds with a heavy tail; the trouble is that all of them are a little longer, then much."""
    n = 4032
    values = 45 + 2 * _hung(random, n, 0.5) + _spikes(random, n, 0.003, 8)
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 3] += 40
    values[troubles[1] : troubles[1] + 120] += 9
    return _labelled("latency", 5, np.round(values, 3), troubles)


def misconfigured(random: np.random.Generator) -> Stream:
    """A load that runs to a pattern of its own for months; the trouble is another pattern."""
    n = 18000
    cycle = 30 * (np.arange(n) % 190 < 60) * random.gamma(30, 1 / 30, n)
    values = 40 + cycle + random.normal(0, 3, n)
    at = [int(n * random.uniform(0.7, 0.85))]
    values[at[0] : at[0] + 1500] = 75 + random.normal(0, 3, 1500)
    return _labelled("misconfigured", 5, values, at)


def keys(random: np.random.Generator) -> Stream:
    """How long keys are held, at irregular times: skewed; the trouble is that somebody else types."""
    n = 3000
    values = np.exp(random.normal(-2.5, 0.3, n)) + _spikes(random, n, 0.004, 0.15)
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 40] *= np.exp(random.normal(0.8, 0.5, 40))
    return _labelled("keys", 5, values, troubles, random.exponential(8, n) + 0.5)


def growth(random: np.random.Generator) -> Stream:
    """Traffic that triples in six weeks; the trouble is an outage."""
    n = 288 * 42
    expected = 60 * (1 + 2 * np.arange(n) / n) * (1 + 0.6 * _day(n, 288))
    troubles = _places(random, n, 3)
    for at in troubles:
        expected[at : at + 12] *= 0.3
    return _labelled("growth", 5, random.poisson(expected).astype(float), troubles)


def stuck(random: np.random.Generator) -> Stream:
    """A sensor with a day and missing points; the trouble is that it stands still, and that it answers nonsense."""
    n = 6000
    values = 50 + 8 * _day(n, 144) + 1.5 * _hung(random, n, 0.8)
    troubles = _places(random, n, 2)
    values[troubles[0] : troubles[0] + 250] = values[troubles[0]]
    values[troubles[1] : troubles[1] + 4] = -40
    values[random.random(n) < 0.01] = np.nan
    return _labelled("stuck sensor", 10, np.round(values, 2), troubles)


def calm(random: np.random.Generator) -> Stream:
    """Nothing is wrong: a day, its noise, a level that wanders and known jobs."""
    n = 4032
    values = 50 + 10 * _day(n, 288) + 4 * _hung(random, n, 0.998) + random.normal(0, 2, n)
    return _labelled("calm", 5, values + _spikes(random, n, 0.004, 6), [])


def exact(random: np.random.Generator) -> Stream:
    """Nothing is wrong: a pattern without any noise, or nothing but a line."""
    n = 4032
    values = np.where(np.arange(n) % 288 < 144, 20.0, 80.0) if random.random() < 0.5 else np.full(n, 45.0)
    return _labelled("exact", 5, values, [])


MAKERS = (
    *(plateau, idle_load, level_shift, disk_writes, network, requests, group_size, temperature, office, taxi),
    *(mentions, prices, speeds, occupancy, missing_day, higher_day, denser_spikes, louder, latency, misconfigured),
    *(keys, growth, stuck, calm, exact),
)
