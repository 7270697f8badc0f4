"""Counts are looked at as square roots, on which chance moves a small count as far as a large one: by about one."""


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
