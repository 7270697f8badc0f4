"""Subscriptions worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.oracle import World, conversion, kpis, plan_periods

SUBSCRIPTION = (
    "customer_id subscription_id effective_start_date effective_end_date subscription_type amount_paid status"
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def world_of(raw, *subscriptions: tuple) -> World:
    """One customer `a`, seen on 1 March and 30 May 2024, with these subscriptions."""
    raw.rows("customers.parquet", "customer_id", ("a",))
    sessions = (("s1", "a", "2024-03-01T12:00:00Z"), ("s2", "a", "2024-05-30T12:00:00Z"))
    raw.rows("sessions.parquet", "session_id customer_id started_at", *sessions)
    raw.rows("subscriptions.parquet", SUBSCRIPTION, *(("a", *row) for row in subscriptions))
    return raw.read()


def periods(world: World) -> list[tuple]:
    return [(row["valid_from"], row["valid_to"], row["plan"], row["state"]) for row in plan_periods(world)]


def test_touching_periods_of_one_plan_are_one(raw) -> None:
    world = world_of(
        raw,
        ("1", "2024-01-01", "2024-01-31", "premium", 9.0, "expired"),
        ("2", "2024-02-01", "2024-02-29T12:00:00", "premium", 9.0, "active"),
        ("3", "2024-02-29T12:00:00.000002", None, "premium", 9.0, "active"),
    )
    assert periods(world) == [
        (utc(2024, 1, 1), utc(2024, 2, 29, 12, 0, 0, 1), "premium", "paid"),
        (utc(2024, 2, 29, 12, 0, 0, 2), None, "premium", "paid"),
    ]


def test_the_latest_start_covers_then_the_greatest_id(raw) -> None:
    world = world_of(
        raw,
        ("9", "2024-01-01", None, "free", 0.0, None),
        ("1", "2024-01-10", "2024-01-11", "solo", 9.0, None),
        ("2", "2024-01-10", "2024-01-10", "duo", 9.0, None),
    )
    assert periods(world) == [
        (utc(2024, 1, 1), utc(2024, 1, 10), "free", "free"),
        (utc(2024, 1, 10), utc(2024, 1, 11), "duo", "paid"),
        (utc(2024, 1, 11), utc(2024, 1, 12), "solo", "paid"),
        (utc(2024, 1, 12), None, "free", "free"),
    ]


@pytest.mark.parametrize(
    ("plan", "amount", "status", "shown", "state"),
    [
        ("Premium", None, "cancelled", "Premium", "paid"),
        ("FreeForever", 9.0, "active", "FreeForever", "free"),
        (None, 0.01, None, "unknown", "paid"),
        (" ", None, None, " ", "free"),
        ("premium_TRIAL", 9.0, None, "premium_TRIAL", "trial"),
        ("premium", 9.0, " Trialing ", "premium", "trial"),
    ],
)
def test_state(raw, plan, amount, status, shown, state) -> None:
    world = world_of(raw, ("1", "2024-01-01", None, plan, amount, status))
    assert periods(world) == [(utc(2024, 1, 1), None, shown, state)]


def test_a_subscription_that_ends_before_it_starts_covers_nothing(raw) -> None:
    assert periods(world_of(raw, ("1", "2024-05-02", "2024-05-01T00:00:01", "premium", 9.0, None))) == []


def paid(world: World, metric: str) -> int:
    [row] = [
        row
        for row in kpis(world)
        if row["metric"] == metric and row["window_kind"] == "default" and row["slice"] == "all"
    ]
    return row["numerator"]


@pytest.mark.parametrize(
    ("start", "end", "status", "overlapping", "at_end"),
    [
        ("2024-05-30T23:59:59.999999", None, "active", 1, 1),  # starts in the window's last microsecond
        ("2024-05-31", None, "active", 0, 0),
        ("2024-01-01", "2024-03-30", "active", 1, 0),  # ends on the window's first day: 30 March … 30 May are 62
        ("2024-01-01", "2024-03-29", "active", 0, 0),
        ("2024-01-01", "2024-05-30", "ACTIVE ", 1, 1),
        ("2024-01-01", "2024-05-30T12:00:00", None, 1, 0),
        ("2024-01-01", None, "trialing", 1, 0),
        ("2024-01-01", None, "cancelled", 0, 1),
        ("2024-01-01", None, "", 0, 1),
    ],
)
def test_paid_share_and_paid_share_at_end(raw, start, end, status, overlapping, at_end) -> None:
    world = world_of(raw, ("1", start, end, "premium", 9.0, status))
    assert (paid(world, "paid_share"), paid(world, "paid_share_at_end")) == (overlapping, at_end)


def month(world: World, first: date, *names: str) -> tuple:
    [row] = [row for row in conversion(world) if row["month"] == first]
    return tuple(row[name] for name in names)


def test_conversion_needs_a_first_day(raw) -> None:
    world = world_of(raw, ("1", "2024-04-10T08:00:00", "2024-04-11T07:59:59.999999", "premium", 9.0, None))
    names = ("free_at_start", "converted", "conversion_rate", "paid_at_start", "cancel_rate")
    assert month(world, date(2024, 4, 1), *names) == (1, 0, 0.0, 0, None)


def test_conversion_on_the_last_day_of_the_month(raw) -> None:
    world = world_of(raw, ("1", "2024-04-30T23:00:00", "2024-04-30T23:59:59.999999", "premium", 9.0, None))
    assert month(world, date(2024, 4, 1), "converted") == (1,)


@pytest.mark.parametrize(
    ("end", "resumes", "cancelled"),
    [
        (utc(2024, 4, 10, 12), None, 1),
        (utc(2024, 4, 10, 12), utc(2024, 5, 10, 12), 0),  # the end covers its instant: a microsecond less than 30 days
        (utc(2024, 4, 10, 12), utc(2024, 5, 10, 12) + timedelta(microseconds=1), 1),
        (utc(2024, 3, 31, 23, 59, 59, 999999), None, 1),  # the first instant without cover is the month's first
        (utc(2024, 4, 30, 23, 59, 59, 999999), None, 0),  # … and here the next month's
    ],
)
def test_cancelled_is_a_gap_of_thirty_days(raw, end, resumes, cancelled) -> None:
    later = (("2", resumes, None, "premium", 9.0, None),) if resumes else ()
    world = world_of(raw, ("1", utc(2024, 1, 1), end, "premium", 9.0, None), *later)
    assert month(world, date(2024, 4, 1), "paid_at_start", "cancelled") == (1, cancelled)


def test_trials(raw) -> None:
    world = world_of(
        raw,
        ("1", "2024-04-01", "2024-04-07", "trial", 0.0, None),
        ("2", "2024-04-08T23:59:59.999999", None, "premium", 9.0, None),
        ("3", "2024-05-01", "2024-05-02", "trial", 0.0, None),
    )
    names = ("trials_started", "trials_ended", "trial_to_paid")
    assert month(world, date(2024, 4, 1), *names) == (1, 1, 1)
    assert month(world, date(2024, 3, 1), *names) == (0, 0, 0)


def test_a_trial_is_paid_too_late(raw) -> None:
    world = world_of(
        raw, ("1", "2024-04-01", "2024-04-07", "trial", 0.0, None), ("2", "2024-04-09", None, "premium", 9.0, None)
    )
    assert month(world, date(2024, 4, 1), "trials_ended", "trial_to_paid", "free_at_start") == (1, 0, 1)
    assert month(world, date(2024, 5, 1), "free_at_start", "paid_at_start", "paid_at_start_share") == (0, 1, 1.0)


def test_conversion_is_final_thirty_days_after_its_month(raw) -> None:
    world = world_of(raw, ("1", "2024-04-01", None, "premium", 9.0, None))
    assert [(row["month"].month, row["status"], row["is_first_month"]) for row in conversion(world)] == [
        (3, "final", True),  # since 1 May, long before 30 May
        (4, "provisional", False),
        (5, "provisional", False),
    ]
