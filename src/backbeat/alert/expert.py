"""One way to expect the next value: a curve over the time of day, and how far the series has run above it of late."""

from dataclasses import dataclass

SIGMA = 1.2533
"""A normal distribution's standard deviation, of its mean absolute deviation."""
MEMORY, RECENT = 1 / 2000, 1 / 100
FEW = 12


@dataclass
class Expert:
    """`curve` holds an expectation a slot of the day; `carry`, moved by `rate`, is what is added to it.

    `error` and `recent` are the mean absolute error over a long and a short memory, `seen` the values learnt from.
    """

    rate: float
    curve: list[float] | None = None
    carry: float = 0.0
    error: float = 0.0
    recent: float = 0.0
    seen: int = 0

    def expect(self, slot: int) -> float:
        """The next value, at that time of day."""
        return self.carry + (self.curve[slot] if self.curve else 0.0)

    def spread(self) -> float:
        """A standard deviation that is quick to grow and slow to shrink."""
        return SIGMA * (self.error if self.error > self.recent else self.recent)

    def learn(self, residual: float) -> None:
        """Move by a residual, as far as three of its usual size."""
        seen = self.seen = self.seen + 1
        size, most = abs(residual), 3 * self.spread()
        if seen > FEW and size > most:
            residual, size = residual / size * most, most
        young = 1 / seen
        self.error += (young if young > MEMORY else MEMORY) * (size - self.error)
        self.recent += (young if young > RECENT else RECENT) * (size - self.recent)
        self.carry += (young if young > self.rate else self.rate) * residual
