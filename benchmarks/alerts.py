"""How well the rules tell what is unusual from what is not, on series whose truth is known.

    python -m benchmarks.alerts                print the tables of docs/explanation/alerts.md
    python -m benchmarks.alerts --write        put them into that page

Traffic: windows of five minutes, Poisson counts round an hour-of-day profile, 30 days; quiet ones of four profiles and
forty seeds for false alarms, and ones with a trouble of 15 minutes each day from the 8th on. Streams: made-up series of many kinds with labelled troubles,
scored point by point as the Numenta Anomaly Benchmark does (Lavin and Ahmad 2015, standard profile): the sooner within a
labelled window the better, 0.11 lost for each false alarm, one threshold for all series, chosen best for each detector;
0 is what somebody gets who never says a word, 100 what one gets who says each at once. Everything is drawn from seeds.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
from benchmarks.detectors import DETECTORS, Scorer
from benchmarks.streams import START, Stream, streams

import backbeat

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "alerts.md"
MARKERS = ("<!-- benchmark -->", "<!-- /benchmark -->")
STEP = np.timedelta64(300, "s")
HOURS = np.arange(24)
PROFILES = {
    "day": 1.6 + np.sin(2 * np.pi * (HOURS - 9) / 24),
    "flat": np.full(24, 1.6),
    "shop hours": np.where((HOURS >= 9) & (HOURS < 17), 4.0, 0.4),
    "peaked": 6.4 * np.exp(2.5 * (np.cos(2 * np.pi * (HOURS - 20) / 24) - 1)),
}
"""Sessions by the hour, 1.6 on average."""


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
    yield "| rule | expected | incidents a week, quiet | worst of all seeds | ×1.6 found | ×1.3 found | ×0.3 found | ×0.6 found |"
    yield "|---|---|---|---|---|---|---|---|"
    for rule in ("seasonal", "percentile"):
        for level in (5, 10, 20, 45, 100, 400):
            quiet = [
                incidents(rule, *traffic(seed, level, profile=profile)[:2]) / (30 / 7)
                for profile in PROFILES
                for seed in range(40)
            ]
            found = [f"{found_share(rule, level, factor):.0%}" for factor in (1.6, 1.3, 0.3, 0.6)]
            yield f"| {rule} | {level} | {np.mean(quiet):.2f} | {max(quiet):.2f} | {' | '.join(found)} |"


def traffic(
    seed: int, level: float, factor: float = 1.0, profile: str = "day"
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """30 days of counts; where there is a factor, a trouble a day where at least `level` (to 1.2 of it) are expected."""
    random = np.random.default_rng(seed)
    expected = level * PROFILES[profile][np.arange(30 * 288) // 12 % 24]
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
    """Each detector's score over all streams, what it found and how often it erred, and its score by kind; one threshold."""
    columns = [_column(scorer) for scorer in DETECTORS.values()]
    yield f"| | {' | '.join(DETECTORS)} |"
    yield f"|---|{'---|' * len(DETECTORS)}"
    for name in columns[0]:
        yield f"| {name} | {' | '.join(column[name] for column in columns)} |"


def _column(scorer: Scorer) -> dict[str, str]:
    """What the table says of one detector."""
    scored = [(stream, scorer(stream.times, stream.values)) for stream in streams()]
    threshold = best_threshold(scored)
    said = [(stream, scores >= threshold) for stream, scores in scored]
    found = sum(each[first : last + 1].any() for stream, each in said for first, last in stream.windows)
    kinds = {stream.kind: [pair for pair in scored if pair[0].kind == stream.kind] for stream, _ in scored}
    return {
        "**all**": f"**{normalised(scored, threshold):.1f}**",
        "found": f"{found / sum(len(stream.windows) for stream, _ in said):.0%}",
        "false alarms a stream": f"{sum(_false_alarms(*pair) for pair in said) / len(said):.1f}",
        **{kind: f"{normalised(part, threshold):.0f}" for kind, part in kinds.items() if part[0][0].windows},
    }


def _false_alarms(stream: Stream, said: np.ndarray) -> int:
    outside = np.ones(len(said), dtype=bool)
    for first, last in stream.windows:
        outside[first : last + 1] = False
    return int(np.sum(said[stream.probation :] & outside[stream.probation :]))


def best_threshold(scored: list[tuple[Stream, np.ndarray]]) -> float:
    """The threshold that gives the best sum; 1.1, at which nothing is said, included."""
    every = np.concatenate([scores[stream.probation :] for stream, scores in scored])
    tried = [*np.unique(np.quantile(every, 1 - np.geomspace(1e-5, 0.1, 100))), 1.1]
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
    return float(2 / (1 + np.exp(5 * place)) - 1) if place <= 3 else -1.0


def speed() -> Iterator[str]:
    """How long 100,000 points take."""
    values = np.random.default_rng(0).poisson(50, 100_000).astype(float)
    times = START + np.arange(100_000) * STEP
    begun = perf_counter()
    backbeat.detect(times, values)
    yield f"100,000 points by rule seasonal: {perf_counter() - begun:.1f} s."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
