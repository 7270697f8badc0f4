"""KPIs, windows and counts per day, worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.oracle import (
    activity_5m,
    as_of,
    customer_day,
    customer_device_day,
    dates,
    kpi_summary,
    kpis,
    sessions_histogram,
)
from tests.oracle.clock import default_window, window
from tests.oracle.keys import key_of
from tests.oracle.metrics import threshold_of
from tests.oracle.ratios import percent

SESSION = "session_id customer_id started_at device"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def sessions(raw, *rows: tuple, **options: str) -> None:
    numbered = ((f"s{number}", *row) for number, row in enumerate(rows))
    raw.rows("sessions.parquet", SESSION, *numbered, **options)


def numbers(world, metric: str, kind: str = "default", slice: str = "all") -> dict[str, tuple]:
    return {
        row["slice_value"]: (row["numerator"], row["denominator"], row["value"])
        for row in kpis(world)
        if (row["metric"], row["window_kind"], row["slice"]) == (metric, kind, slice)
    }


@pytest.mark.parametrize(
    ("numerator", "denominator", "value"), [(1, 800, 0.13), (3, 96, 3.13), (1, 3, 33.33), (0, 0, None), (2, 3, 66.67)]
)
def test_percent_is_rounded_half_up(numerator, denominator, value) -> None:
    assert percent(numerator, denominator) == value


@pytest.mark.parametrize(("days", "threshold"), [(62, 80), (31, 40), (30, 39), (28, 37), (29, 38), (1, 2), (124, 160)])
def test_threshold_grows_with_the_window(raw, days, threshold) -> None:
    last = date(2024, 1, 1) + timedelta(days=days - 1)
    assert threshold_of(window(raw.read(), "own", date(2024, 1, 1), last)) == threshold


def test_a_fast_clock_does_not_move_as_of_past_the_newest_arrival(raw) -> None:
    sessions(raw, ("a", "2024-06-01T00:30:00Z", None), ("a", "2024-05-01T00:00:00Z", None))
    world = raw.read()
    assert as_of(world) == utc(2024, 6, 1)
    assert (default_window(world).first, default_window(world).last) == (date(2024, 4, 1), date(2024, 6, 1))
    assert len([row for row in activity_5m(world) if row["window_start"] >= utc(2024, 6, 1)]) == 1


def test_adoption_counts_who_was_registered_by_then(raw) -> None:
    names = "customer_id signup_date country"
    people = [
        ("never", None, "SE"),
        ("late", "2024-05-02", "SE"),
        ("last", "2024-05-01T23:59:59.999999", None),
        ("heard", "2030-01-01", "NO"),
    ]
    raw.rows("customers.parquet", names, *people)
    sessions(raw, ("heard", "2024-05-01T10:00:00Z", None), ("stranger", "2024-05-01T10:00:00Z", None))
    world = raw.read()
    assert numbers(world, "session_adoption_rate") == {"all": (1, 3, 33.33)}
    assert numbers(world, "session_adoption_rate", slice="country") == {
        "SE": (0, 1, 0.0),
        "unknown": (0, 1, 0.0),
        "NO": (1, 1, 100.0),
    }
    assert numbers(world, "session_adoption_rate", slice="plan") == {"free": (1, 3, 33.33)}
    assert numbers(world, "paid_share") == {"all": (0, 1, 0.0)}
    assert [row["value"] for row in kpi_summary(world)] == [33.33, 0.0, 0.0]


def test_engaged_from_the_threshold_on(raw) -> None:
    raw.rows("customers.parquet", "customer_id", ("a",), ("b",))
    start = datetime(2024, 5, 1, tzinfo=UTC)
    sessions(raw, *(("a", start, None),) * 80, *(("b", start, None),) * 79)
    world = raw.read()
    assert numbers(world, "engaged_rate") == {"all": (1, 2, 50.0)}
    assert [(row["sessions"], row["customers"], row["customers_at_least"]) for row in sessions_histogram(world)] == [
        (79, 1, 2),
        (80, 1, 1),
    ]


def test_the_device_of_most_sessions_ties_by_name(raw) -> None:
    raw.rows("customers.parquet", "customer_id", ("a",), ("b",), ("c",))
    at = "2024-05-01T10:00:00Z"
    sessions(
        raw, ("a", "2024-04-30T10:00:00Z", "web"), ("a", at, "ios"), ("b", at, None), ("b", at, None), ("b", at, "ios")
    )
    world = raw.read()
    assert numbers(world, "session_adoption_rate", slice="device") == {"ios": (1, 1, 100.0), "unknown": (1, 2, 50.0)}
    assert [(row["customer_id"], row["device"], row["sessions"]) for row in customer_device_day(world)] == [
        ("a", "web", 1),
        ("a", "ios", 1),
        ("b", "ios", 1),
        ("b", "unknown", 2),
    ]


def test_stored_windows_and_their_status(raw) -> None:
    raw.rows("customers.parquet", "customer_id", ("a",))
    sessions(raw, ("a", "2024-02-10T10:00:00Z", None), ("a", "2024-04-01T01:00:00Z", None))
    world = raw.read()
    found = {(row["window_kind"], row["window_from"], row["window_to"], row["status"]) for row in kpis(world)}
    assert found == {
        ("default", date(2024, 1, 31), date(2024, 4, 1), "provisional"),
        ("previous", date(2023, 11, 30), date(2024, 1, 30), "final"),
        ("month", date(2024, 2, 1), date(2024, 2, 29), "final"),
        ("month", date(2024, 3, 1), date(2024, 3, 31), "final"),  # the watermark is 00:00 of 1 April
        ("month", date(2024, 4, 1), date(2024, 4, 30), "provisional"),
        ("trailing_28", date(2024, 2, 2), date(2024, 2, 29), "final"),
        ("trailing_28", date(2024, 3, 4), date(2024, 3, 31), "final"),
        ("trailing_28", date(2024, 4, 3), date(2024, 4, 30), "provisional"),
    }
    assert {row["status"] for row in kpis(world, closed=True)} == {"final"}
    assert numbers(world, "engaged_rate", kind="previous") == {"all": (0, 0, None)}


def test_windows_of_five_minutes(raw) -> None:
    sessions(
        raw, *((who, at, None) for who, at in (("a", "2024-05-01T10:04:59.999999Z"), ("a", "2024-05-01T10:00:00Z")))
    )
    raw.rows("sessions/b.parquet", SESSION, ("t", "b", "2024-05-01T13:10:00Z", None))
    raw.rows("events.parquet", "event_id customer_id occurred_at", ("e", "c", "2024-05-01T11:30:00Z"))
    rows = activity_5m(raw.read())
    by_start = {row["window_start"].strftime("%H:%M"): row for row in rows}
    assert (rows[0]["sessions"], rows[0]["customers"], rows[0]["status"]) == (2, 1, "final")
    assert (rows[-1]["window_end"], rows[-1]["sessions"]) == (utc(2024, 5, 1, 13, 15), 1)
    assert len(rows) == 39
    # 11:00 and 12:30 see the event of 11:30, 12:35 sees the session of 13:10; the watermark is 12:10.
    assert {name: by_start[name]["sessions"] for name in ("11:00", "12:30", "12:35")} == {
        "11:00": 0,
        "12:30": 0,
        "12:35": 0,
    }
    assert [by_start[name]["status"] for name in ("12:05", "12:10")] == ["final", "provisional"]


def test_windows_without_anything_within_the_hour(raw) -> None:
    sessions(raw, ("a", "2024-05-01T10:00:00Z", None), ("a", "2024-05-01T15:00:00Z", None))
    rows = activity_5m(raw.read())
    silent = [row for row in rows if row["status"] == "no_data"]
    # 11:00 is the last window to see 10:00, and 14:00 the first to see 15:00: 13:55 ends its hour just before.
    assert (silent[0]["window_start"], silent[-1]["window_start"]) == (utc(2024, 5, 1, 11, 5), utc(2024, 5, 1, 13, 55))
    assert {(row["sessions"], row["customers"]) for row in silent} == {(None, None)}


def test_customer_day_of_plays_and_skips(raw) -> None:
    names = "event_id customer_id occurred_at event_type ms_played"
    at = "2024-05-01T23:30:00Z"
    raw.rows(
        "events.parquet",
        names,
        ("1", "a", at, "play", 30_001),
        ("2", "a", at, "NextSong", None),
        ("3", "a", at, "play", 30_000),
        ("4", "a", at, "skip", 90_000),
        ("5", "a", at, "like", 5),
        ("6", "b", at, "like", 5),
        ("7", "c", at, "play", None),
    )
    sessions(raw, ("a", at, None), ("c", "2024-05-01T10:00:00Z", None))
    world = raw.read(timezone="Europe/Stockholm")
    rows = [tuple(row.values()) for row in customer_day(world)]
    assert rows == [
        ("a", date(2024, 5, 2), 1, 2, 2, 150_001, key_of("a")),
        ("c", date(2024, 5, 1), 1, 0, 0, 0, key_of("c")),
        ("c", date(2024, 5, 2), 0, 1, 0, 0, key_of("c")),
    ]


def test_dates_span_whole_years(raw) -> None:
    sessions(raw, ("a", "2023-12-31T10:00:00Z", None), ("a", "2024-01-01T10:00:00Z", None))
    rows = dates(raw.read())
    assert (len(rows), rows[0]["date"], rows[-1]["date"]) == (365 + 366, date(2023, 1, 1), date(2024, 12, 31))
    assert rows[0] == {
        "date": date(2023, 1, 1),
        "year": 2023,
        "quarter": 1,
        "month": date(2023, 1, 1),
        "month_name": "January",
        "week_start": date(2022, 12, 26),
        "iso_week": 52,
        "day_of_week": 7,
        "day_name": "Sunday",
        "is_weekend": True,
    }
