"""The small parts that the rest stands on."""

from datetime import date

import numpy as np
import pytest

from backbeat.simulate.calibrate import calibrate
from backbeat.simulate.solve import solve
from backbeat.simulate.span import NEVER, Span, chance
from backbeat.simulate.targets import Targets
from backbeat.simulate.text import LONGEST_SECONDS, clock_bytes, digits, numbered, texts


@pytest.mark.parametrize(
    ("width", "expected"), [(2, ["07", "42"]), (5, ["00007", "00042"]), (9, ["000000007", "000000042"])]
)
def test_digits_are_padded(width: int, expected: list[str]) -> None:
    assert texts(digits(np.array([7, 42]), width)).to_pylist() == expected


def test_numbered_ids() -> None:
    assert texts(numbered("s", np.array([0, 12_345_678]), 8)).to_pylist() == ["s00000000", "s12345678"]


def test_a_clock_shows_every_second_and_runs_past_midnight() -> None:
    clock = texts(clock_bytes(date(2025, 7, 31)))
    assert len(clock) == LONGEST_SECONDS
    assert clock[0].as_py() == "2025-07-31T00:00:00Z"
    assert clock[86_399].as_py() == "2025-07-31T23:59:59Z"
    assert clock[86_400 + 3_661].as_py() == "2025-08-01T01:01:01Z"


def test_dates_before_and_after_the_start() -> None:
    span = Span(date(2025, 1, 1), date(2025, 1, 31))
    assert span.dates(np.array([-1, 0, 31, NEVER])).to_pylist() == ["2024-12-31", "2025-01-01", "2025-02-01", None]


def test_the_window_is_the_last_62_days() -> None:
    span = Span(date(2025, 1, 1), date(2025, 8, 31))
    assert (span.days, span.date(span.window_from), span.window_days) == (243, date(2025, 7, 1), 62)
    assert Span(date(2025, 8, 1), date(2025, 8, 31)).window_days == 31


def test_streams_of_chance_do_not_disturb_each_other() -> None:
    assert chance(1, "a").random() == chance(1, "a").random()
    assert (
        len({chance(1, "a").random(), chance(2, "a").random(), chance(1, "b").random(), chance(1, "a", 1).random()})
        == 4
    )


def test_solve_finds_where_a_rising_function_passes() -> None:
    assert solve(lambda x: x * x, 2.0, 0.0, 10.0) == pytest.approx(2**0.5)
    assert solve(lambda x: x, 99.0, 0.0, 10.0) == pytest.approx(10.0)


@pytest.mark.parametrize(("active", "engaged"), [(40, 20), (50, 45), (10, 1), (30, 0)])
def test_calibration_meets_any_target_and_keeps_sign_ups(active: int, engaged: int) -> None:
    span = Span(date(2025, 1, 1), date(2025, 8, 31))
    signup = np.arange(50) * 4
    drawn = chance(3, "drawn").poisson(1.3, (50, span.days)) * (np.arange(span.days) >= signup[:, None])
    moved = calibrate(drawn.astype(np.int16), signup, span, Targets(active, engaged, 0), chance(3, "moved"))
    totals = moved[:, span.window_from :].sum(axis=1)
    assert [(totals > 0).sum(), (totals >= 80).sum()] == [active, engaged]
    assert moved.min() == 0 and moved[:, -1].any()
    assert not (moved * (np.arange(span.days) < signup[:, None])).any()
    assert (moved[:, : span.window_from] == drawn[:, : span.window_from]).all()
