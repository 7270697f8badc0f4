"""Which days are compared with which."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backbeat.build.windows import Window
from backbeat.lake.clock import EVERYTHING, Clock
from backbeat.measure.periods import Pair, paired

FIRST_AT = datetime(2023, 1, 1, tzinfo=UTC)


def clock(as_of: str, closed: bool = False, zone: str = "UTC") -> Clock:
    now = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    return Clock(FIRST_AT, now, EVERYTHING if closed else now - timedelta(hours=1), ZoneInfo(zone))


def window(first: str, last: str, kind: str = "given") -> Window:
    return Window(kind, date.fromisoformat(first), date.fromisoformat(last))


def days(pair: Pair) -> tuple[str, str, str, str]:
    now, before = pair.now, pair.before
    return (f"{now.first}", f"{now.last}", f"{before.first}", f"{before.last}")


OVER = clock("2025-12-31 12:00")


@pytest.mark.parametrize(
    ("first", "last", "before_first", "before_last"),
    [
        ("2025-03-01", "2025-03-31", "2025-02-01", "2025-02-28"),
        ("2024-03-01", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("2025-01-01", "2025-01-31", "2024-12-01", "2024-12-31"),
        ("2025-07-01", "2025-09-30", "2025-04-01", "2025-06-30"),
        ("2025-03-02", "2025-03-31", "2025-01-31", "2025-03-01"),
        ("2025-03-10", "2025-03-16", "2025-03-03", "2025-03-09"),
    ],
)
def test_the_previous_period(first: str, last: str, before_first: str, before_last: str) -> None:
    assert days(paired(window(first, last), OVER, "previous")) == (first, last, before_first, before_last)


@pytest.mark.parametrize(
    ("first", "last", "before_first", "before_last"),
    [
        ("2025-02-01", "2025-02-28", "2024-02-01", "2024-02-29"),
        ("2025-07-01", "2025-09-30", "2024-07-01", "2024-09-30"),
        ("2024-02-29", "2024-03-06", "2023-02-28", "2023-03-06"),
        ("2025-03-10", "2025-03-16", "2024-03-10", "2024-03-16"),
    ],
)
def test_the_same_a_year_before(first: str, last: str, before_first: str, before_last: str) -> None:
    assert days(paired(window(first, last), OVER, "year")) == (first, last, before_first, before_last)


def test_the_default_window_is_compared_with_as_many_days() -> None:
    """Those of `window_kind = 'previous'`, even where it happens to be two whole months."""
    pair = paired(window("2025-07-01", "2025-08-31", "default"), OVER, "previous")
    assert days(pair)[2:] == ("2025-04-30", "2025-06-30")


@pytest.mark.parametrize(
    ("as_of", "closed", "last", "before_last"),
    [
        ("2025-03-10 12:00", False, "2025-03-09", "2025-02-09"),
        ("2025-03-10 00:30", False, "2025-03-08", "2025-02-08"),
        ("2025-03-10 01:00", False, "2025-03-09", "2025-02-09"),
        ("2025-03-10 12:00", True, "2025-03-10", "2025-02-10"),
        ("2025-03-31 12:00", False, "2025-03-28", "2025-02-28"),
        ("2025-04-01 01:00", False, "2025-03-31", "2025-02-28"),
    ],
)
def test_of_an_unfinished_month_only_the_days_that_are_over(
    as_of: str, closed: bool, last: str, before_last: str
) -> None:
    """February has no 29th, so March is compared up to its 28th until it is over; then month by month."""
    pair = paired(window("2025-03-01", "2025-03-31"), clock(as_of, closed), "previous")
    assert days(pair) == ("2025-03-01", last, "2025-02-01", before_last)
    assert pair.why is None


def test_a_day_is_over_in_the_zone_of_the_lake() -> None:
    berlin = clock("2025-03-09 23:30", zone="Europe/Berlin")
    assert str(paired(window("2025-03-01", "2025-03-31"), berlin, "previous").now.last) == "2025-03-08"
    berlin = clock("2025-03-10 00:00", zone="Europe/Berlin")
    assert str(paired(window("2025-03-01", "2025-03-31"), berlin, "previous").now.last) == "2025-03-09"


def test_what_can_t_be_compared_says_why() -> None:
    assert paired(window("2023-01-15", "2023-01-31"), OVER, "previous").why == "the lake begins on 2023-01-01"
    assert paired(window("2026-01-01", "2026-01-31"), OVER, "previous").why == "no day of it is over"
