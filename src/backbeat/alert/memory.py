"""All that rule `seasonal` knows of the past: what a later run goes on from."""

from bisect import insort
from dataclasses import dataclass, field
from math import log, log10

from backbeat.alert.days import Days
from backbeat.alert.expert import RECENT, SIGMA, Expert
from backbeat.alert.scale import unscaled

FAST, SLOW = 0.4, 0.015
NOISE, CLEARLY_LESS, MANY = 1.0, 0.5, 6.0
PEAKS, LARGE = 40, 2.0
LIGHT, WEIGHT, GIVEN = 0.08, 60, 500
HARDLY = 1e-6
OF_STEPS = 0.5**0.5
"""The mean size of independent values' deviations, of that of the steps between them."""
SPANS = (1, 2, 3)


def _experts() -> list[Expert]:
    """Without a curve, with that of the day, and with that of the weekday; each with a quick and a slow level."""
    return [Expert(rate) for _ in range(3) for rate in (FAST, SLOW)]


@dataclass
class Memory:
    """`last` are the values before, in standard deviations; `usual` the mean size of sums over each of SPANS.

    `peaks` are the highest of evidence there have been, in order, `peak` that of the large ones that go on now; `said` is
    how much scores have said of late. `unrest` is the mean size of a step from one value to the next, `before` the last.
    """

    experts: list[Expert] = field(default_factory=_experts)
    days: Days = field(default_factory=Days)
    first: int | None = None
    seen: int = 0
    is_count: bool = True
    last: list[float] = field(default_factory=lambda: [0.0] * (SPANS[-1] - 1))
    usual: list[float] = field(default_factory=lambda: [1 / SIGMA] * len(SPANS))
    peaks: list[float] = field(default_factory=lambda: [3.0 * 1.024**i for i in range(PEAKS)])
    peak: float = 0.0
    said: float = 0.0
    breached_at: int | None = None
    breaches: int = 0
    unrest: float = 0.0
    before: float = 0.0

    def turn_to(self, day: int) -> None:
        """Begin a day, if it is another than today: with new curves, of the days before it."""
        if self.days.numbers and self.days.numbers[-1] >= day:
            return
        self.days.begin(day)
        daily = self.days.daily()
        if daily is None:
            return
        weekly = self.days.weekly(daily)
        for expert in self.experts[2:4]:
            expert.curve = daily.tolist()
        for expert in self.experts[4:6]:
            expert.curve = None if weekly is None else weekly.tolist()

    def expected(self, slot: int) -> tuple[float, float]:
        """What the expert that has erred least expects, and the standard deviation of its errors."""
        best = min(self._ready(), key=lambda expert: expert.error if expert.seen else float("inf"))
        expected, spread = best.expect(slot), best.spread()
        if not self.is_count:
            return expected, max(spread, HARDLY * abs(expected), 1e-12)
        return expected, spread if expected > MANY and 0 < spread < CLEARLY_LESS and best.seen > 100 else max(
            spread, NOISE
        )

    def learn(self, slot: int, value: float) -> None:
        """Take a value as usual."""
        for expert in self._ready():
            expert.learn(value - expert.expect(slot))
        self.days.put(slot, value)

    def move_to(self, slot: int, value: float) -> None:
        """Let every expert expect what is seen now, and errors no smaller than values that hang together in no way have."""
        for expert in self._ready():
            expert.carry += value - expert.expect(slot)
            expert.error = max(expert.error, self.unrest * OF_STEPS)

    def note(self, value: float) -> None:
        """Follow how far the series moves from one value to the next, be it usual or not."""
        young = max(1 / (self.seen + 1), RECENT)
        self.unrest += young * ((abs(value - self.before) if self.seen else 0.0) - self.unrest)
        self.before = value

    def surprise(self, evidence: float) -> float:
        """One in how many points a peak as high is expected, as a decimal logarithm.

        A Pareto tail on the highest peaks (Hill 1975), drawn towards a light one while they say little.
        """
        least = self.peaks[0]
        shape = (sum(log(each / least) for each in self.peaks) + LIGHT * WEIGHT) / (PEAKS - 1 + WEIGHT)
        return log10((self.seen + GIVEN) / PEAKS) + log10(evidence / least) / shape

    def keep_peak(self, evidence: float) -> None:
        """Large evidence in a row is one peak, which counts once it is over."""
        if evidence > LARGE:
            self.peak = max(self.peak, evidence)
            return
        if self.peak > self.peaks[0]:
            insort(self.peaks, self.peak)
            del self.peaks[0]
        self.peak = 0.0

    def leave_counts(self) -> None:
        """The series is none of counts: what was learnt of it is looked at as it is.

        A step of y = 2 √(x + 3/8) is one of y / 2 in x.
        """
        self.is_count = False
        for row in self.days.rows:
            row[:] = (row / 2) ** 2 - 0.375
        for expert in self.experts:
            typical = sum(expert.curve) / len(expert.curve) if expert.curve else expert.carry
            expert.error, expert.recent = (each * typical / 2 for each in (expert.error, expert.recent))
            expert.curve = [unscaled(each, True) for each in expert.curve] if expert.curve else None
            expert.carry = unscaled(expert.carry, True) if not expert.curve else 0.0
        self.unrest, self.before = self.unrest * self.before / 2, unscaled(self.before, True)

    def _ready(self) -> list[Expert]:
        return [expert for i, expert in enumerate(self.experts) if i < 2 or expert.curve]
