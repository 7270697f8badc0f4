"""How well the rules tell what is unusual from what is not, on series whose truth is known.

    python benchmarks/alerts.py                print the tables of docs/explanation/alerts.md
    python benchmarks/alerts.py --write        put them into that page

Traffic: windows of five minutes, Poisson counts round an hour-of-day profile, 30 days; quiet ones for false alarms, and
ones with a trouble of 15 minutes each day from the 8th on. Streams: made-up series of many kinds with labelled troubles,
scored point by point as the Numenta Anomaly Benchmark does (Lavin and Ahmad 2015, standard profile): the sooner within a
labelled window the better, 0.11 lost for each false alarm, one threshold for all series, chosen best for each detector;
0 is what somebody gets who never says a word, 100 what one gets who says each at once. Everything is drawn from seeds.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np

import backbeat

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "alerts.md"
MARKERS = ("<!-- benchmark -->", "<!-- /benchmark -->")
STEP = np.timedelta64(300, "s")
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


Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]


def main(arguments: list[str]) -> int:
    """Print the tables, or put them into the page."""
    text = "\n".join([*traffic_table(), "", *stream_table(), "", *speed()])
    if "--write" not in arguments:
        print(text)
        return 0
    before, _, rest = PAGE.read_text("utf-8").partition(MARKERS[0])
    after = rest.partition(MARKERS[1])[2]
    PAGE.write_text("".join([before, MARKERS[0], "\n\n", text, "\n\n", MARKERS[1], after]), "utf-8")
    return 0


# Traffic


def traffic_table() -> Iterator[str]:
    """False alarms a week, and troubles found within three windows, by how many sessions are expected."""
    yield "| rule | expected | incidents a week, quiet | ×1.6 found | ×1.3 found | ×0.3 found | ×0.6 found |"
    yield "|---|---|---|---|---|---|---|"
    for rule in ("seasonal", "percentile"):
        for level in (10, 20, 45, 100):
            quiet = np.mean([incidents(rule, *traffic(seed, level)[:2]) / (30 / 7) for seed in range(5)])
            found = [f"{found_share(rule, level, factor):.0%}" for factor in (1.6, 1.3, 0.3, 0.6)]
            yield f"| {rule} | {level} | {quiet:.2f} | {' | '.join(found)} |"


def traffic(seed: int, level: float, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """30 days of counts; where there is a factor, a trouble a day where at least `level` (to 1.2 of it) are expected."""
    random = np.random.default_rng(seed)
    hours = level * (1.6 + np.sin(2 * np.pi * (np.arange(24) - 9) / 24))
    expected = hours[np.arange(30 * 288) // 12 % 24]
    fitting = np.flatnonzero((expected >= level) & (expected <= 1.2 * level) & (np.arange(len(expected)) % 288 < 285))
    starts = [int(random.choice(fitting[fitting // 288 == day])) for day in range(8, 30)] if factor != 1 else []
    for start in starts:
        expected[start : start + 3] *= factor
    return START + np.arange(len(expected)) * STEP, random.poisson(expected).astype(float), starts


def incidents(rule: str, times: np.ndarray, values: np.ndarray) -> int:
    """Breaches, those with fewer than three calm windows between them taken as one."""
    breaches = np.flatnonzero(backbeat.detect(times, values, rule)["is_breach"].to_numpy())
    return int(len(breaches) > 0) + int(np.sum(np.diff(breaches) > 3))


def found_share(rule: str, level: float, factor: float) -> float:
    """The share of troubles with a breach in one of their three windows."""
    hits = []
    for seed in range(5):
        times, values, starts = traffic(100 + seed, level, factor)
        breach = backbeat.detect(times, values, rule)["is_breach"].to_numpy()
        hits += [breach[start : start + 3].any() for start in starts]
    return float(np.mean(hits))


# Streams


def stream_table() -> Iterator[str]:
    """A detector's score over all kinds of streams, and by kind at the same threshold."""
    kinds = list(dict.fromkeys(stream.kind for stream in streams() if stream.windows))
    yield f"| detector | all | {' | '.join(kinds)} |"
    yield f"|---|---|{'---|' * len(kinds)}"
    for name, scorer in DETECTORS.items():
        scored = [(stream, scorer(stream.times, stream.values)) for stream in streams()]
        threshold = best_threshold(scored)
        parts = [[pair for pair in scored if pair[0].kind == kind] for kind in kinds]
        numbers = [f"{normalised(part, threshold):.0f}" for part in parts]
        yield f"| {name} | {normalised(scored, threshold):.1f} | {' | '.join(numbers)} |"


def best_threshold(scored: list[tuple[Stream, np.ndarray]]) -> float:
    """The threshold that gives the best sum; 1.1, at which nothing is said, included."""
    every = np.concatenate([scores[stream.probation :] for stream, scores in scored])
    tried = [*np.unique(np.quantile(every, 1 - np.geomspace(1e-5, 0.3, 120))), 1.1]
    return float(max(tried, key=lambda threshold: normalised(scored, threshold)))


def normalised(scored: list[tuple[Stream, np.ndarray]], threshold: float) -> float:
    """0 for silence, 100 for all found at once and no false alarm."""
    got = sum(nab(stream, scores >= threshold) for stream, scores in scored)
    total = sum(len(stream.windows) for stream, _ in scored) or 1
    return 100 * (got + total) / (2 * total)


def nab(stream: Stream, said: np.ndarray) -> float:
    """What a stream's detections are worth."""
    points = np.flatnonzero(said)
    points = points[points >= stream.probation]
    worth, inside = 0.0, np.zeros(len(points), dtype=bool)
    for first, last in stream.windows:
        within = (points >= first) & (points <= last)
        inside |= within
        worth += curve((points[within][0] - last) / (last - first + 1)) / curve(-1.0) if within.any() else -1.0
    for point in points[~inside]:
        ended = [(first, last) for first, last in stream.windows if last < point]
        after = (point - ended[-1][1]) / (ended[-1][1] - ended[-1][0] + 1) if ended else 4.0
        worth += 0.11 * curve(after)
    return worth


def curve(place: float) -> float:
    """From 1 at a window's beginning (−1) over 0 at its end (0) down to −1 after it."""
    return float(2 / (1 + np.exp(5 * min(place, 4.0))) - 1)


# Detectors


def sliding_z(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How many standard deviations from the mean of the 500 points before."""
    del times
    total, square = (np.concatenate([[0.0], np.cumsum(v)]) for v in (values - values[0], (values - values[0]) ** 2))
    i = np.arange(len(values))
    begin = np.maximum(i - 500, 0)
    count = np.maximum(i - begin, 1)
    mean, var = (total[i] - total[begin]) / count, (square[i] - square[begin]) / count
    z = (values - values[0] - mean) / np.sqrt(np.maximum(var - mean**2, 1e-9))
    return z**2 / (z**2 + 16)


def ewma(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """How many standard deviations from an exponentially weighted mean (weight 0.1, variance alike)."""
    del times
    mean, var, scores = values[0], 0.0, []
    for value in values.tolist():
        apart = value - mean
        z2 = apart**2 / max(var, 1e-9)
        scores.append(z2 / (z2 + 16))
        mean, var = mean + 0.1 * apart, 0.9 * (var + 0.1 * apart**2)
    return np.array(scores)


def chance(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Random numbers."""
    del times
    return np.random.default_rng(len(values)).random(len(values))


def rule(name: str) -> Scorer:
    """One of ours."""
    return lambda times, values: backbeat.detect(times, values, name)["score"].to_numpy()


DETECTORS: dict[str, Scorer] = {
    "seasonal": rule("seasonal"),
    "percentile": rule("percentile"),
    "sliding z-score": sliding_z,
    "EWMA": ewma,
    "random": chance,
    "null": lambda _, values: np.zeros(len(values)),
}


# Made-up streams


@cache
def streams() -> tuple[Stream, ...]:
    """Three of each kind."""
    return tuple(maker(np.random.default_rng(1000 * n + seed)) for n, maker in enumerate(MAKERS) for seed in range(3))


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


def noisy_with_spikes(random: np.random.Generator) -> Stream:
    """A busy machine: noise round a level, rare bursts of more; the trouble is a plateau."""
    n = 4032
    values = 40 + random.normal(0, 2, n) + (random.random(n) < 0.01) * random.exponential(6, n)
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 40] += random.choice([-1, 1]) * 15
    return _labelled("plateaus", 5, values, troubles)


def level_shift(random: np.random.Generator) -> Stream:
    """A level that changes for good."""
    n = 4032
    values = 0.1 + random.gamma(4, 0.01, n)
    at = _places(random, n, 1)
    values[at[0] :] += 0.15
    return _labelled("level shift", 5, values, at)


def wandering(random: np.random.Generator) -> Stream:
    """A temperature: it wanders smoothly; the trouble is a fall within an hour."""
    n = 8000
    steps = random.normal(0, 0.3, n)
    values = np.zeros(n)
    for i in range(1, n):
        values[i] = 0.995 * values[i - 1] + steps[i]
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 150] -= np.minimum(np.arange(150) / 12, 1) * 15
    return _labelled("wandering", 5, 80 + values + random.normal(0, 0.2, n), troubles)


def weekly(random: np.random.Generator) -> Stream:
    """Rides every half hour over 20 weeks, by day and week; the trouble is a day that is unlike its weekday."""
    n = 48 * 140
    day, place = np.divmod(np.arange(n), 48)
    curve = 8000 + 6000 * np.sin(2 * np.pi * (place - 16) / 48) + 3000 * np.sin(4 * np.pi * (place - 12) / 48)
    values = curve * np.where(np.isin(day % 7, (5, 6)), 0.8, 1.0) * (1 + random.normal(0, 0.03, n))
    troubles = [at // 48 * 48 + 16 for at in _places(random, n, 4)]
    for at, factor in zip(troubles, (0.5, 1.5, 0.6, 0.4), strict=True):
        values[at : at + 30] *= factor
    return _labelled("weekly", 30, np.round(values), troubles)


def bursty(random: np.random.Generator) -> Stream:
    """Mentions: counts with a heavy tail and a mild day; the trouble is a storm."""
    n = 12000
    base = 15 * (1 + 0.4 * np.sin(2 * np.pi * np.arange(n) / 288)) * random.gamma(3, 1 / 3, n)
    values = random.poisson(base) + np.floor((random.random(n) < 0.01) * random.pareto(2.5, n) * 15)
    troubles = _places(random, n, 3)
    for at in troubles:
        values[at : at + 20] += 250
    return _labelled("bursty counts", 5, values.astype(float), troubles)


def square(random: np.random.Generator) -> Stream:
    """A machine that is on by day and off by night; the trouble is a day without its on."""
    n = 4032
    on = (np.arange(n) % 288 > 108) & (np.arange(n) % 288 < 216)
    at = 288 * int(random.integers(7, 12)) + 109
    on[at : at + 107] = False
    return _labelled("missing day", 5, 20 + 60.0 * on + random.normal(0, 3, n), [at])


def hourly(random: np.random.Generator) -> Stream:
    """Prices an hour: skewed noise with a mild day; the trouble is a price many times the usual."""
    n = 1600
    values = np.exp(random.normal(0, 0.35, n)) * (1 + 0.2 * np.sin(2 * np.pi * np.arange(n) / 24))
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 3] *= 8
    return _labelled("hourly prices", 60, values, troubles)


def louder(random: np.random.Generator) -> Stream:
    """Noise that becomes four times as loud, and then flat."""
    n = 4032
    values = random.normal(0, 1, n)
    at = _places(random, n, 2)
    values[at[0] : at[0] + 100] *= 5
    values[at[1] : at[1] + 200] = -6
    return _labelled("loud, then flat", 5, values, at)


def irregular(random: np.random.Generator) -> Stream:
    """Speeds at irregular times with gaps; the trouble is a jam when there is none."""
    n = 2500
    jitter = random.exponential(6, n) + 2 + (random.random(n) < 0.005) * 300
    hour = np.cumsum(jitter) / 60 % 24
    values = 65 - 20 * np.exp(-((hour - 8) ** 2)) - 15 * np.exp(-((hour - 17) ** 2) / 2) + random.normal(0, 3, n)
    troubles = _places(random, n, 2)
    for at in troubles:
        values[at : at + 15] -= 30
    return _labelled("irregular", 5, np.round(values), troubles, jitter)


def growing(random: np.random.Generator) -> Stream:
    """Traffic that triples in six weeks; the trouble is an outage."""
    n = 288 * 42
    expected = 60 * (1 + 2 * np.arange(n) / n) * (1 + 0.6 * np.sin(2 * np.pi * np.arange(n) / 288))
    troubles = _places(random, n, 3)
    for at in troubles:
        expected[at : at + 12] *= 0.3
    return _labelled("growth", 5, random.poisson(expected).astype(float), troubles)


def calm(random: np.random.Generator) -> Stream:
    """Nothing is wrong: a day, its noise and a wandering level."""
    n = 4032
    wander = np.cumsum(random.normal(0, 0.05, n))
    return _labelled("calm", 5, 50 + 10 * np.sin(2 * np.pi * np.arange(n) / 288) + wander + random.normal(0, 2, n), [])


MAKERS = (noisy_with_spikes, level_shift, wandering, weekly, bursty, square, hourly, louder, irregular, growing, calm)


def speed() -> Iterator[str]:
    """How long 100,000 points take."""
    values = np.random.default_rng(0).poisson(50, 100_000).astype(float)
    times = START + np.arange(100_000) * STEP
    begun = perf_counter()
    backbeat.detect(times, values)
    yield f"100,000 points by rule seasonal: {perf_counter() - begun:.1f} s."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
