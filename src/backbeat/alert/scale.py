"""Counts are looked at as square roots, on which chance moves a small count as far as a large one: by about one."""

from math import sqrt


def is_count(value: float) -> bool:
    """Whether a value is a whole number from zero on."""
    return value >= 0 and value == int(value)


def scaled(value: float, as_count: bool) -> float:
    """A value on the scale it is judged on (Anscombe's for counts)."""
    return 2 * (value + 0.375) ** 0.5 if as_count else value


def unscaled(value: float, as_count: bool) -> float:
    """A value of that scale as people read it."""
    if not as_count:
        return value
    return max((value / 2) ** 2 - 0.375, 0.0) if value > 0 else 0.0


def chance_skew(expected: float, spread: float) -> float:
    """How far chance leans on that scale, a sixth of its skewness: what a small count lacks below, it has above.

    The square root of a Poisson count has a skewness of -1 / expected. Where more than chance spreads the values, chance
    is that much less of it; where they spread less than chance would, it is none.
    """
    return 1 / (6 * expected * spread**3) if spread >= 1 and expected > 1 else 0.0


def skewed(z: float, skew: float) -> float:
    """Standard deviations of a normal distribution that are as rare as these (Cornish and Fisher 1938)."""
    return z + skew * (z * z - 1) if skew else z


def unskewed(z: float, skew: float) -> float:
    """The inverse; where nothing is as rare, what is rarest."""
    if not skew:
        return z
    return (sqrt(max(1 + 4 * skew * (z + skew), 0.0)) - 1) / (2 * skew)
