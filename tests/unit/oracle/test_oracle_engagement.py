"""Engagement, retention, adoption, funnel and segments, worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.oracle import (
    active_days,
    artist_daily,
    customer_segments,
    daily_engagement,
    feature_adoption,
    funnel,
    retention_weekly,
    track_daily,
)

FIRST = date(2024, 1, 1)  # a Monday


def visits(raw, **days: list[int]) -> None:
    """Sessions of known customers at noon on these days of the lake, the first being 1."""
    raw.rows("customers.parquet", "customer_id", *((name,) for name in days))
    rows = [(f"{name}{day}", name, noon(day)) for name, found in days.items() for day in found]
    raw.rows("sessions.parquet", "session_id customer_id started_at", *rows)


def noon(day: int) -> datetime:
    return datetime(2023, 12, 31, 12, tzinfo=UTC) + timedelta(days=day)


def on(rows: list[dict], day: int) -> dict:
    return next(row for row in rows if row["activity_date"] == FIRST + timedelta(days=day - 1))


def test_daily_engagement(raw) -> None:
    visits(raw, old=[1, 56], gone=[2], back=[1, 29], new=[40], stays=[20, 30, 56])
    rows = daily_engagement(raw.read())
    assert len(rows) == 56
    assert (on(rows, 6)["wau"], on(rows, 7)["wau"]) == (None, 3)
    assert (on(rows, 27)["mau"], on(rows, 28)["mau"], on(rows, 28)["stickiness"]) == (None, 4, 0.0)
    assert on(rows, 55)["dormant"] is None
    last = on(rows, 56)  # A = days 29…56: old, back, new, stays; B = days 1…28: old, gone, back, stays
    assert {name: last[name] for name in ("new_customers", "returning", "resurrected", "dormant", "quick_ratio")} == {
        "new_customers": 1,
        "returning": 3,
        "resurrected": 0,
        "dormant": 1,
        "quick_ratio": 1.0,
    }
    assert (last["dau"], last["mau"], last["stickiness"]) == (2, 4, 0.5)
    assert (last["dau_listeners"], last["mau_listeners"]) == (None, None)
    assert last["mau"] == on(rows, 28)["mau"] + 1 + 0 - 1


def test_resurrected(raw) -> None:
    visits(raw, back=[1, 60], other=[58])
    rows = daily_engagement(raw.read())
    assert (on(rows, 60)["resurrected"], on(rows, 60)["new_customers"], on(rows, 60)["quick_ratio"]) == (1, 1, None)


def test_listeners(raw) -> None:
    visits(raw, a=[1, 30], b=[1])
    names = "event_id customer_id occurred_at event_type ms_played"
    events = [
        ("1", "a", noon(1), "skip", 1),
        ("2", "b", noon(1), "play", None),
        ("3", "a", noon(2), "skip", None),
        ("4", "stranger", noon(1), "play", 60_000),
        ("5", "b", noon(3), "like", 5),
    ]
    raw.rows("events.parquet", names, *events)
    rows = daily_engagement(raw.read())
    assert [on(rows, day)["dau_listeners"] for day in (1, 2, 3)] == [2, 0, 0]
    assert (on(rows, 29)["mau_listeners"], on(rows, 30)["mau_listeners"]) == (None, 2)


def test_active_days(raw) -> None:
    visits(raw, a=[1, 2, 8], b=[8])
    rows = active_days(raw.read())
    assert [tuple(row.values()) for row in rows] == [
        (date(2024, 1, 7), 7, 2, 1),
        (date(2024, 1, 8), 7, 1, 1),
        (date(2024, 1, 8), 7, 2, 1),
    ]


def test_retention(raw) -> None:
    visits(raw, a=[1, 15], b=[7], c=[8])
    rows = [
        (row["cohort_week"].day, row["weeks_since"], row["cohort_customers"], row["retained"], row["retained_or_later"])
        for row in retention_weekly(raw.read())
    ]
    assert rows == [(1, 0, 2, 2, 2), (1, 1, 2, 0, 1), (1, 2, 2, 1, 1), (8, 0, 1, 1, 1), (8, 1, 1, 0, 0)]
    flags = [(row["is_first_cohort"], row["status"]) for row in retention_weekly(raw.read())]
    assert flags == [(True, "final"), (True, "final"), (True, "provisional"), (False, "final"), (False, "provisional")]


def test_feature_adoption(raw) -> None:
    raw.rows(
        "customers.parquet",
        "customer_id signup_date",
        ("a", "2024-01-01"),
        ("b", "2023-12-31"),
        ("c", None),
        ("d", None),
    )
    seen = [("a", 1), ("b", 1), ("c", 3), ("d", 3), ("a", 40)]
    rows = [(f"s{number}", who, noon(day)) for number, (who, day) in enumerate(seen)]
    raw.rows("sessions.parquet", "session_id customer_id started_at", *rows)
    used = [
        ("a", 5, "like"),
        ("a", 6, "like"),
        ("b", 2, "like"),
        ("c", 6, "like"),
        ("x", 6, "radio"),
        ("d", 40, "Home"),
    ]
    events = [(f"e{number}", who, noon(day), what) for number, (who, day, what) in enumerate(used)]
    raw.rows("events.parquet", "event_id customer_id occurred_at event_type", *events)
    raw.rows(
        "subscriptions.parquet", "customer_id effective_start_date subscription_type", ("a", "2024-01-31", "premium")
    )
    rows = {(row["feature"], row["month"].month): row for row in feature_adoption(raw.read())}
    assert {name for name, _ in rows} == {"play", "skip", "like", "playlist_add", "search", "download", "share", "Home"}
    like = rows["like", 1]
    assert (like["eligible"], like["adopters"], like["adoption_rate"], like["uses_per_adopter"]) == (4, 3, 0.75, 4 / 3)
    assert like["median_days_to_adopt"] == 3.5  # a after 4 days, c after 3; b joined before the lake
    assert (rows["like", 2]["eligible"], rows["like", 2]["uses_per_adopter"]) == (1, None)
    assert (rows["download", 1]["eligible"], rows["download", 2]["eligible"]) == (1, 1)
    assert rows["Home", 2]["adopters"] == 0  # d used it, but had no session in February


def test_funnel(raw) -> None:
    raw.rows(
        "customers.parquet",
        "customer_id signup_date",
        *[
            ("all", "2024-01-01T23:00:00"),
            ("two", "2024-01-01"),
            ("slow", "2024-01-01"),
            ("old", "2023-12-31"),
            ("x", None),
        ],
    )
    days = {"all": [1, 9, 20, 29], "two": [8, 9, 20, 30], "slow": [9], "old": [1], "y": [1]}
    rows = [(f"{who}{day}", who, noon(day)) for who, found in days.items() for day in found]
    raw.rows("sessions.parquet", "session_id customer_id started_at", *rows)
    paid = [("all", "2024-03-31"), ("all", "2024-03-01"), ("two", "2024-01-02")]
    raw.rows(
        "subscriptions.parquet",
        "customer_id effective_start_date subscription_type",
        *((who, start, "premium") for who, start in paid),
    )
    rows = [(row["step"], row["customers"], row["rate_from_start"], row["median_days"]) for row in funnel(raw.read())]
    assert rows == [
        ("signed_up", 3, 1.0, 0.0),
        ("activated", 2, 2 / 3, 3.5),
        ("habitual", 1, 1 / 3, 28.0),
        ("paid", 1, 1 / 3, 60.0),
    ]


@pytest.mark.parametrize(
    ("days", "segment"),
    [
        (0, "none"),
        (1, "infrequent"),
        (6, "infrequent"),
        (7, "casual"),
        (13, "casual"),
        (14, "regular"),
        (20, "regular"),
        (21, "core"),
        (28, "core"),
    ],
)
def test_segments(raw, days, segment) -> None:
    visits(raw, a=[4 + day for day in range(days)], lake=[1, 32])
    rows = {(row["customer_id"], row["month"]): row["segment"] for row in customer_segments(raw.read())}
    assert rows["a", date(2024, 2, 1)] == segment  # 4 … 31 January
    assert set(rows) == {("a", date(2024, 2, 1)), ("lake", date(2024, 2, 1))}


def test_tracks_and_artists(raw) -> None:
    visits(raw, a=[1])
    raw.rows("tracks.parquet", "track_id artist_id duration_ms", ("t", "x", 100_000), ("u", "x", None))
    played = [
        ("t", "play", "a", 99_000),
        ("t", "play", "stranger", 98_999),
        ("t", "play", "a", None),
        ("t", "play", "a", 30_000),
        ("u", "play", "a", 500_000),
        ("gone", "skip", "a", None),
        ("t", "like", "a", 1),
        (None, "play", "a", 99_000),
    ]
    events = [(str(number), track, what, who, noon(1), ms) for number, (track, what, who, ms) in enumerate(played)]
    raw.rows("events.parquet", "event_id track_id event_type customer_id occurred_at ms_played", *events)
    world = raw.read()
    day = date(2024, 1, 1)
    assert [tuple(row.values()) for row in track_daily(world)] == [
        ("gone", day, 0, 0, 1, 0, 0),
        ("t", day, 3, 2, 1, 1, 227_999),
        ("u", day, 1, 1, 0, 0, 500_000),
    ]
    assert [tuple(row.values()) for row in artist_daily(world)] == [("x", day, 4, 2, 1, 1, 727_999)]
