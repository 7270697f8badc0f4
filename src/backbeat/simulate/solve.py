"""Finds the setting of a process that meets a target."""

from collections.abc import Callable

STEPS = 40


def solve(rising: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where a rising function passes the target between low and high, the nearer end where it never does."""
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < target else (low, middle)
    return high
