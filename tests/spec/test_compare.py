"""Metrics beside those of another window, against the oracle and by hand."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from tests import oracle
from tests.conftest import World
from tests.oracle.clock import window
from tests.oracle.comparison import comparison

from backbeat.errors import UsageError

JULY = (date(2025, 7, 1), date(2025, 7, 31))
JUNE = (date(2025, 6, 1), date(2025, 6, 30))


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """120 customers from 1 June to noon of 15 August; the nth comes every n % 17 + 1 days, from July on half as often."""
    world = new_world()
    people = [
        {"customer_id": f"c{n}", "country": "SE" if n % 3 else "NO", "signup_date": "2025-01-01"} for n in range(118)
    ]
    world.write(
        "customers/c.parquet", [*people, *({**people[0], "customer_id": id, "country": "DK"} for id in ("x", "y"))]
    )
    world.sessions(*_sessions())
    paid = {"effective_start_date": "2025-06-20", "subscription_type": "premium", "amount_paid": 9.0}
    world.write("subscriptions/s.parquet", [{"customer_id": f"c{n}", **paid} for n in range(0, 118, 4)])
    world.run()
    return world


def _sessions() -> list[tuple[str, str, str]]:
    rows = [("last", "c0", "2025-08-15T12:00:00Z")]
    for n in range(118):
        day = date(2025, 6, 1) + timedelta(days=n % 23)
        while day < date(2025, 8, 15):
            rows += [(f"{n}-{day}-{i}", f"c{n}", f"{day}T{8 + i:02}:00:00Z") for i in range(1 + n % 5)]
            day += timedelta(days=(n % 17 + 1) * (2 if day.month > 6 else 1))
    return rows


@pytest.mark.parametrize("metric", oracle.METRICS)
def test_a_month_beside_the_month_before(world: World, metric: str) -> None:
    known = oracle.read_raw(world.raw)
    expected = comparison(known, metric, window(known, "", *JULY), window(known, "", *JUNE))
    (found,) = world.open().compare(metrics=[metric], first=JULY[0], last=JULY[1]).rows
    assert {name: getattr(found, name) for name in expected} == expected
    assert found.change is not None
    assert (found.comparable, found.status, found.why) == (True, "final", None)


def test_an_explicit_threshold_is_that_of_both_windows(world: World) -> None:
    known = oracle.read_raw(world.raw)
    expected = comparison(known, "engaged_rate", window(known, "", *JULY), window(known, "", *JUNE), 7)
    asked = world.open().compare(metrics=["engaged_rate"], first=JULY[0], last=JULY[1], engaged_sessions=7)
    assert {name: getattr(asked.rows[0], name) for name in expected} == expected


def test_an_unfinished_month_is_compared_with_the_same_days_of_the_one_before(world: World) -> None:
    """The data reach noon of 15 August: 14 days are over."""
    answer = world.open().compare(metrics=["session_adoption_rate"], first=date(2025, 8, 1), last=date(2025, 8, 31))
    known = oracle.read_raw(world.raw)
    windows = [window(known, "", date(2025, month, 1), date(2025, month, 14)) for month in (8, 7)]
    expected = comparison(known, "session_adoption_rate", *windows)
    assert answer.pair is not None
    assert (str(answer.pair.now.last), str(answer.pair.before.last)) == ("2025-08-14", "2025-07-14")
    assert {name: getattr(answer.rows[0], name) for name in expected} == expected
    assert answer.rows[0].status == "provisional"


def test_a_window_before_the_lake_is_not_compared(world: World) -> None:
    answer = world.open().compare(metrics=["paid_share"], first=JULY[0], last=JULY[1], against="year")
    (row,) = answer.rows
    assert (row.comparable, row.why) == (False, "the lake begins on 2025-06-01")
    assert row.value is not None
    assert (row.previous_value, row.change, row.low, row.high, row.verdict) == (None, None, None, None, None)


def test_groups_are_merged_in_both_windows_where_they_are_small_in_one(world: World) -> None:
    """Of Denmark there are two customers, which are too few to be shown even together."""
    rows = world.open().compare(metrics=["session_adoption_rate"], first=JULY[0], last=JULY[1], by=["country"]).rows
    assert [row.slice_value for row in rows] == ["all", "SE", "NO", "other"]
    assert (rows[-1].value, rows[-1].numerator, rows[-1].why) == (None, None, "too few customers to be shown")


def test_a_split_adds_up(world: World) -> None:
    answer = world.open().split(metric="engaged_rate", by="country", first=JULY[0], last=JULY[1], engaged_sessions=7)
    assert answer.change is not None
    assert answer.change.change not in (None, 0)
    total = sum(round(100 * (row.rate_effect + row.mix_effect)) for row in answer.effects)
    assert total == round(100 * (answer.change.change or 0))
    assert answer.to_arrow().num_rows == len(answer.effects) > 1


def test_a_split_of_too_few_says_nothing_of_them(world: World) -> None:
    """A filter that leaves the two customers of Denmark."""
    asked = {"first": JULY[0], "last": JULY[1], "where": {"country": ["DK"]}}
    answer = world.open().split(metric="session_adoption_rate", by="plan", **asked)
    assert answer.change is not None
    assert (answer.change.why, answer.change.numerator) == ("too few customers to be shown", None)
    assert answer.effects == ()


def test_a_series_is_compared_day_with_day(world: World) -> None:
    """Stickiness of 31 July beside that of 30 June; a series has no interval."""
    (row,) = world.open().compare(metrics=["stickiness"], first=JULY[0], last=JULY[1]).rows
    days = world.pairs("gold.daily_engagement", "activity_date", "stickiness")
    wanted = [int(10_000 * days[day] + 0.5) / 100 for day in (date(2025, 7, 31), date(2025, 6, 30))]
    assert [row.value, row.previous_value] == wanted
    assert row.change == round(wanted[0] - wanted[1], 2)
    assert (row.low, row.verdict, row.comparable) == (None, None, True)


def test_a_series_is_answered_by_name_only(world: World) -> None:
    lake = world.open()
    assert "stickiness" not in {row["metric"] for row in lake.kpis().rows}
    (row,) = lake.kpis(metrics=["stickiness"], first=JULY[0], last=JULY[1]).rows
    assert (row["slice"], row["numerator"], row["status"]) == ("all", None, "final")
    assert row["value"] > 0
    with pytest.raises(UsageError, match="stickiness is a series"):
        lake.kpis(metrics=["stickiness"], by=["country"])


def test_an_answer_is_an_arrow_table(world: World) -> None:
    table = world.open().compare(by=["country"]).to_arrow()
    assert table.column_names[:4] == ["window_from", "window_to", "previous_from", "previous_to"]
    assert {"value", "previous_value", "change", "low", "high", "status", "comparable"} <= {*table.column_names}


@pytest.mark.parametrize(("value", "better", "expected"), [(1.0, "up", "better"), (1.0, "down", "worse"), (-1.0, "up", "worse"), (0.2, "up", "unclear")])  # fmt: skip
def test_a_change_is_one_where_its_interval_leaves_out_zero(value: float, better: Any, expected: str) -> None:
    import msgspec

    from backbeat import content
    from backbeat.measure.change import weighed

    metric = msgspec.structs.replace(content.metrics()["paid_share"], better=better, target=50.5)
    labels = {"slice": "all", "slice_value": "all", "numerator": 1, "denominator": 2}
    found = weighed(metric, 50 + value, 50.0, 0.5, status="final", why=None, **labels)
    assert found.verdict == expected
    assert found.is_on_target == (50 + value >= 50.5 if better == "up" else 50 + value <= 50.5)


def test_a_lake_without_customers_has_nothing_to_compare(new_world: Callable[..., World]) -> None:
    empty = new_world()
    empty.sessions(("s", "c", "2025-07-01"))
    empty.run()
    assert empty.open().compare().rows == ()
    assert empty.open().split(metric="paid_share", by="plan").effects == ()
