"""What each written time means, by hand."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from tests.oracle.nouns import Day, Stamp, UnreadableError
from tests.oracle.times import read_end, read_last_instant, read_time

UTC_ZONE = ZoneInfo("UTC")
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2024-03-05", "2024-03-05T00:00:00Z"),
        ("  2024-03-05 07:08 ", "2024-03-05T07:08:00Z"),
        ("2024-03-05T07:08:09.1234567", "2024-03-05T07:08:09.123456Z"),
        ("2024-03-05T07:08:09.5Z", "2024-03-05T07:08:09.500000Z"),
        ("2024-03-05T07:08+02", "2024-03-05T05:08:00Z"),
        ("2024-03-05T07:08-0230", "2024-03-05T09:38:00Z"),
        ("2024-03-05 07:08:09+05:30", "2024-03-05T01:38:09Z"),
        ("1700000000", "2023-11-14T22:13:20Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
        (1_700_000_000_123_456, "2023-11-14T22:13:20.123456Z"),
        (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456Z"),
        (1_700_000_000.25, "2023-11-14T22:13:20.250Z"),
        (Decimal("1700000000.000000999"), "2023-11-14T22:13:20Z"),
        (99_999_999_999, "5138-11-16T09:46:39Z"),
        (100_000_000_000, "1973-03-03T09:46:40Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (Stamp(-1, 1_000_000_000, True), "1969-12-31T23:59:59.999999Z"),
        (Stamp(1_700_000_000, 1, False), "2023-11-14T22:13:20Z"),
        (Day(0), "1970-01-01T00:00:00Z"),
    ],
)
def test_readable(value: object, instant: str) -> None:
    assert read_time(value, UTC_ZONE) == at(instant)


@pytest.mark.parametrize(
    "value",
    [
        *("", "x", "2024-3-5", "2024-02-30", "0000-01-01", "2024-03-05T24:00:00", "2024-03-05T07:08:60", "20240305T07"),
        *(
            "2024-03-05T07",
            "2024-03-05T07:08:09.",
            "2024-03-05T07:08 Z",
            "2024-03-05Z",
            "2024-03-05t07:08",
            "-5",
            "1.5",
        ),
        *("2024-03-05T07:08+2", "2024-03-05T07:08+02:60", "2024-03-05\t07:08", "٢٠٢٤-03-05", "1" * 40),
        *(float("nan"), float("inf"), True, b"2024-03-05", Stamp(10**18, 1, True), Stamp(-(10**18), 1, True)),
    ],
)
def test_unreadable(value: object) -> None:
    with pytest.raises(UnreadableError):
        read_time(value, UTC_ZONE)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2024-07-01T00:30:00", "2024-06-30T22:30:00Z"),
        ("2024-07-01T00:30:00Z", "2024-07-01T00:30:00Z"),
        (Day(0), "1969-12-31T23:00:00Z"),
        (Stamp(0, 1_000, False), "1969-12-31T23:00:00Z"),
        (Stamp(0, 1_000, True), "1970-01-01T00:00:00Z"),
        (0, "1970-01-01T00:00:00Z"),
        ("2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),  # the clock shows it twice: the first
        ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),  # the clock never shows it
    ],
)
def test_without_a_zone_it_is_the_lakes(value: object, instant: str) -> None:
    assert read_time(value, STOCKHOLM) == at(instant)


@pytest.mark.parametrize(
    ("value", "zone", "last_instant"),
    [
        ("2024-03-05", UTC_ZONE, "2024-03-05T23:59:59.999999Z"),
        ("2024-03-05 00:00:00", UTC_ZONE, "2024-03-05T23:59:59.999999Z"),
        ("2024-03-05T00:00:00.000001", UTC_ZONE, "2024-03-05T00:00:00.000001Z"),
        ("2024-03-05T12:00", UTC_ZONE, "2024-03-05T12:00:00Z"),
        (Day(0), STOCKHOLM, "1970-01-01T22:59:59.999999Z"),
        ("2024-07-01", STOCKHOLM, "2024-07-01T21:59:59.999999Z"),
        ("2024-06-30T22:00:00Z", STOCKHOLM, "2024-07-01T21:59:59.999999Z"),
        ("9999-12-30", UTC_ZONE, "9999-12-30T23:59:59.999999Z"),
    ],
)
def test_an_end_without_a_time_of_day_is_the_days_last_microsecond(
    value: object, zone: ZoneInfo, last_instant: str
) -> None:
    assert read_last_instant(value, zone) == at(last_instant)


@pytest.mark.parametrize("zone", [UTC_ZONE, STOCKHOLM, ZoneInfo("America/New_York")])
@pytest.mark.parametrize(
    "value", ["9999-12-31", "9999-12-31 23:59:59", Stamp(253402300799, 1, False), Stamp(10**15, 1, True)]
)
def test_the_end_of_the_calendar_means_open(value: object, zone: ZoneInfo) -> None:
    assert read_end(value, zone) is None
    assert read_last_instant(value, zone) is None
