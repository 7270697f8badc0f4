"""Counts of customers in equal parts, and how sure a change between two of them is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

BUCKETS = 20
"""Into how many equal parts customers are divided, by a hash of their ids."""
STUDENT_T = 2.093
"""Of 95 % on both sides with BUCKETS − 1 degrees of freedom."""


@dataclass(frozen=True)
class Tally:
    """Numerator and denominator of a share, a pair for each bucket of customers."""

    parts: tuple[tuple[int, int], ...]

    @property
    def numerator(self) -> int:
        return sum(numerator for numerator, _ in self.parts)

    @property
    def denominator(self) -> int:
        return sum(denominator for _, denominator in self.parts)

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    def without(self, bucket: int) -> Fraction | None:
        """The share of all but one bucket."""
        numerator, denominator = self.parts[bucket]
        left = self.denominator - denominator
        return Fraction(self.numerator - numerator, left) if left else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(tuple((a + c, b + d) for (a, b), (c, d) in zip(self.parts, other.parts, strict=True)))


NOBODY = Tally(((0, 0),) * BUCKETS)


def tallies(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Tally]:
    """Rows of slice, slice_value, bucket, numerator, denominator as {(slice, slice_value): tally}."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in rows:
        parts = found.setdefault((row["slice"], row["slice_value"]), list(NOBODY.parts))
        parts[row["bucket"]] = (row["numerator"], row["denominator"])
    return {key: Tally(tuple(parts)) for key, parts in found.items()}


def half_interval(now: Tally, before: Tally) -> float | None:
    """Half the width of the change's 95 % interval, in percentage points; None where a part can't be left out.

    The delete-a-group jackknife: the change is computed anew without each bucket, the same customers left out of both
    windows, because most of them are in both. Variance = (B − 1) / B · Σ (change without one − their mean)².
    """
    pairs = [(now.without(bucket), before.without(bucket)) for bucket in range(BUCKETS)]
    changes = [float(one - other) for one, other in pairs if one is not None and other is not None]
    if len(changes) < BUCKETS:
        return None
    mean = sum(changes) / BUCKETS
    variance = (BUCKETS - 1) / BUCKETS * sum((change - mean) ** 2 for change in changes)
    return 100 * STUDENT_T * sqrt(variance)
