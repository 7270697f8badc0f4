"""Counts in buckets, and the jackknife."""

from math import gamma, isclose, pi, sqrt

import pytest

from backbeat.measure.tally import BUCKETS, NOBODY, STUDENT_T, Tally, half_interval, tallies


def tally(*parts: tuple[int, int]) -> Tally:
    return Tally((*parts, *((0, 0),) * (BUCKETS - len(parts))))


def test_rows_become_one_tally_a_group() -> None:
    rows = [
        {"slice": "country", "slice_value": "SE", "bucket": 0, "numerator": 1, "denominator": 2},
        {"slice": "country", "slice_value": "SE", "bucket": 3, "numerator": 4, "denominator": 5},
        {"slice": "country", "slice_value": "NO", "bucket": 3, "numerator": 0, "denominator": 1},
    ]
    found = tallies(rows)
    assert (found["country", "SE"].numerator, found["country", "SE"].denominator) == (5, 7)
    assert found["country", "SE"].parts[3] == (4, 5)
    assert found["country", "NO"] == tally((0, 0), (0, 0), (0, 0), (0, 1))


def test_tallies_add_up_bucket_by_bucket() -> None:
    assert tally((1, 2), (3, 4)) + tally((10, 20)) == tally((11, 22), (3, 4))


def test_no_difference_between_buckets_no_width() -> None:
    same = Tally(((1, 2),) * BUCKETS)
    assert half_interval(same, same) == 0


def test_customers_who_are_the_same_in_both_windows_add_no_width() -> None:
    """What is paired is the difference: buckets may differ from each other as they like."""
    mixed = Tally(tuple((n, 20) for n in range(BUCKETS)))
    assert half_interval(mixed, mixed) == 0


def test_the_width_by_hand() -> None:
    """Nothing but bucket 0 changed, by 1 of 2: leaving it out gives 0, leaving out any other 1/38."""
    now, before = Tally(((1, 2), *((0, 2),) * 19)), Tally(((0, 2),) * 20)
    changes = [0.0, *[1 / 38] * 19]
    mean = sum(changes) / 20
    wanted = 100 * STUDENT_T * sqrt(19 / 20 * sum((x - mean) ** 2 for x in changes))
    assert isclose(half_interval(now, before) or 0, wanted)


@pytest.mark.parametrize("one", [NOBODY, tally((1, 2))])
def test_who_is_all_in_one_bucket_has_no_interval(one: Tally) -> None:
    assert half_interval(one, one) is None


def test_student_s_t_holds_95_percent_with_19_degrees_of_freedom() -> None:
    """The density summed up in small steps."""
    degrees = BUCKETS - 1
    top = gamma((degrees + 1) / 2) / (sqrt(degrees * pi) * gamma(degrees / 2))
    steps = [STUDENT_T * (i + 0.5) / 10_000 for i in range(10_000)]
    held = 2 * sum(top * (1 + x * x / degrees) ** (-(degrees + 1) / 2) for x in steps) * STUDENT_T / 10_000
    assert round(held, 4) == 0.95
