"""The windows that metrics are kept for."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from backbeat.build.windows import Window, default_window, months, stored_windows, threshold, trailing
from backbeat.config import Config
from backbeat.lake.clock import EVERYTHING, Clock


def clock(first: str, last: str, zone: str = "UTC", final: datetime | None = None) -> Clock:
    instants = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last)]
    return Clock(instants[0], instants[1], final, ZoneInfo(zone))


def test_the_default_window_ends_on_as_of_s_day_of_the_lake() -> None:
    berlin = clock("2025-01-01", "2025-08-31T22:30", "Europe/Berlin")
    assert berlin.as_of is not None
    window = default_window(Config(), berlin.as_of, berlin)
    assert (window.first, window.last, window.days) == (date(2025, 7, 2), date(2025, 9, 1), 62)


def test_a_window_s_instants_are_midnights_of_the_lake_also_where_the_clocks_change() -> None:
    values = Window("given", date(2025, 3, 30), date(2025, 3, 30)).values(
        clock("2025-01-01", "2025-08-31", "Europe/Berlin")
    )
    assert values["from_at"] == datetime(2025, 3, 29, 23, tzinfo=UTC)
    assert values["to_at"] == datetime(2025, 3, 30, 22, tzinfo=UTC)


def test_the_stored_windows() -> None:
    found = [(w.kind, w.first, w.last) for w in stored_windows(Config(), clock("2025-01-31T23:00", "2025-02-01"))]
    assert found == [
        ("default", date(2024, 12, 2), date(2025, 2, 1)),
        ("previous", date(2024, 10, 1), date(2024, 12, 1)),
        ("month", date(2025, 1, 1), date(2025, 1, 31)),
        ("trailing_28", date(2025, 1, 4), date(2025, 1, 31)),
        ("month", date(2025, 2, 1), date(2025, 2, 28)),
        ("trailing_28", date(2025, 2, 1), date(2025, 2, 28)),
    ]


def test_an_empty_lake_has_none() -> None:
    assert list(stored_windows(Config(), Clock(None, None, None, ZoneInfo("UTC")))) == []


def test_months_over_a_leap_february_and_the_year_s_end() -> None:
    assert list(months(date(2023, 12, 31), date(2024, 2, 1))) == [
        (date(2023, 12, 1), date(2023, 12, 31)),
        (date(2024, 1, 1), date(2024, 1, 31)),
        (date(2024, 2, 1), date(2024, 2, 29)),
    ]


def test_trailing_days_include_the_last() -> None:
    assert trailing("x", date(2025, 3, 1), 28).first == date(2025, 2, 2)


@pytest.mark.parametrize(("days", "sessions"), [(62, 80), (31, 40), (30, 39), (28, 37), (1, 2), (124, 160)])
def test_a_threshold_is_pro_rata_and_rounded_up(days: int, sessions: int) -> None:
    assert threshold(Config(), days) == sessions


@pytest.mark.parametrize("final", [datetime(2025, 8, 31, 22, tzinfo=UTC), EVERYTHING])
def test_a_window_is_final_from_the_midnight_after_it(final: datetime) -> None:
    assert clock("2025-01-01", "2025-09-01", "Europe/Berlin", final).status(date(2025, 8, 31)) == "final"


@pytest.mark.parametrize("final", [datetime(2025, 8, 31, 21, 59, 59, tzinfo=UTC), None])
def test_before_that_it_is_provisional(final: datetime | None) -> None:
    assert clock("2025-01-01", "2025-09-01", "Europe/Berlin", final).status(date(2025, 8, 31)) == "provisional"
