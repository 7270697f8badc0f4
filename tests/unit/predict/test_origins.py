"""Label windows: in order of time, never overlapping, as long as the history allows."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backbeat import content
from backbeat.config import Config, PredictConfig
from backbeat.errors import InputError
from backbeat.lake.clock import EVERYTHING, Clock
from backbeat.predict.origins import Origins, origins, sessions_needed

FIRST = date(2025, 1, 1)


def of(days: int, label: str = "engaged", *, final: bool = True, **predict: int) -> Origins:
    """The origins of a lake with so many days."""
    as_of = datetime(2025, 1, 1, 20, tzinfo=UTC) + timedelta(days=days - 1)
    clock = Clock(datetime(2025, 1, 1, 8, tzinfo=UTC), as_of, EVERYTHING if final else as_of, ZoneInfo("UTC"))
    return origins(content.labels()[label], Config(predict=PredictConfig(**predict)), clock)


@pytest.mark.parametrize(
    ("days", "label"), [(243, "engaged"), (243, "churned"), (400, "engaged"), (60, "engaged"), (28, "churned")]
)
def test_windows_follow_each_other_and_end_with_the_lake(days: int, label: str) -> None:
    found = of(days, label)
    windows = [found.window(as_of) for as_of in found.splits]
    assert windows[-1][1] == found.now == FIRST + timedelta(days=days - 1)
    assert all(later[0] == earlier[1] + timedelta(days=1) for earlier, later in itertools.pairwise(windows))
    assert all((last - first).days + 1 == found.horizon for first, last in windows)
    assert len(found.train) >= 1
    assert found.train[0] > FIRST


def test_the_demo_has_its_62_days_and_all_there_is_to_look_back_on() -> None:
    assert of(243).horizon == 62
    assert of(243).train == (date(2025, 2, 26),)
    assert of(242, final=True).horizon == 62
    assert of(241).horizon == 61


@pytest.mark.parametrize(("days", "horizon"), [(28, 7), (31, 7), (32, 8), (100, 25), (200, 50), (224, 56), (241, 61)])
def test_too_short_a_history_takes_the_longest_that_fits(days: int, horizon: int) -> None:
    found = of(days)
    assert (found.horizon, found.wanted) == (horizon, 62)
    look_back = (found.train[0] - FIRST).days + 1
    assert look_back >= min(horizon, 56)


def test_a_longer_history_gives_more_to_learn_from() -> None:
    assert len(of(243, "churned").train) == 2
    assert len(of(100, horizon_days=7).train) == 2


def test_a_day_that_is_not_over_is_left_to_the_future() -> None:
    assert of(243, final=False).now == of(243).now - timedelta(days=1)


def test_less_than_four_weeks_are_too_little() -> None:
    with pytest.raises(InputError, match=r"28 whole days.*the lake has 27; type `backbeat run`"):
        of(27)


def test_a_lake_without_sessions_says_so() -> None:
    with pytest.raises(InputError, match="no sessions"):
        origins(content.labels()["engaged"], Config(), Clock(None, None, None, ZoneInfo("UTC")))


@pytest.mark.parametrize(
    ("predict", "horizon", "sessions"),
    [({}, 62, 80), ({}, 31, 40), ({}, 7, 10), ({"engaged_sessions": 20, "horizon_days": 30}, 30, 20),
     ({"engaged_sessions": 20, "horizon_days": 30}, 8, 6), ({"engaged_sessions": 31}, 7, 4)],
)  # fmt: skip
def test_the_threshold_is_pro_rata_and_rounded_up(predict: dict[str, int], horizon: int, sessions: int) -> None:
    assert sessions_needed(Config(predict=PredictConfig(**predict)), horizon) == sessions
