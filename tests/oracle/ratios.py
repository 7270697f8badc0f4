"""Fractions, percent and medians."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def share(numerator: int, denominator: int) -> float | None:
    """An unrounded fraction; null over zero."""
    return numerator / denominator if denominator else None


def percent(numerator: int, denominator: int) -> float | None:
    """Rounded half up to two decimals, on whole numbers, so that no half is lost on the way."""
    return (2 * numerator * 10_000 + denominator) // (2 * denominator) / 100 if denominator else None


def median_of(values: Sequence[int]) -> float | None:
    return float(median(values)) if values else None
