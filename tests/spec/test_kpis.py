"""Every metric on a world small enough to count by hand: the default window is 31 July and the 61 days before it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.conftest import World, utc

from backbeat.errors import UsageError

FIRST, LAST = date(2025, 5, 31), date(2025, 7, 31)

# customer: sign-up, country, days of sessions (and how many), what it shows
CUSTOMERS: dict[str, tuple[str | None, str | None, dict[str, int]]] = {
    "heavy": ("2025-01-01", "SE", {"2025-06-01": 5}),
    "just enough": ("2025-01-01", "SE", {"2025-05-31": 1, "2025-07-31": 3}),
    "one too few": ("2025-01-01", "SE", {"2025-05-30": 4, "2025-06-01": 3}),
    "before the window": ("2025-01-01", "SE", {"2025-05-30": 4}),
    "never": ("2025-01-01", "NO", {}),
    "never, no sign-up": (None, "NO", {}),
    "signed up on the last day": ("2025-07-31T23:59:59.999999Z", None, {}),
    "signed up after": ("2025-08-01", None, {}),
    "signed up after, here before": ("2025-08-15", "DK", {"2025-07-01": 1}),
}

SUBSCRIPTIONS: list[tuple[str, str, str | None, dict[str, Any]]] = [
    ("heavy", "2025-07-31T23:59:59.999999Z", None, {}),
    ("just enough", "2025-01-01", "2025-05-31", {}),
    ("one too few", "2025-01-01", "2025-05-30", {}),
    ("one too few", "2025-08-01", None, {}),
    ("before the window", "2025-01-01", None, {}),
    ("never", "2025-01-01", None, {}),
]


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    world = new_world(engaged_sessions=4, min_group=2)
    rows = [{"customer_id": id, "signup_date": at, "country": country} for id, (at, country, _) in CUSTOMERS.items()]
    world.write("customers/c.parquet", rows)
    world.write("sessions/s.parquet", [*_sessions(), *_odd_sessions()])
    usual = {"subscription_type": "premium", "status": "active"}
    subscriptions = [
        {"customer_id": id, "effective_start_date": start, "effective_end_date": end, **usual, **more}
        for id, start, end, more in SUBSCRIPTIONS
    ]
    world.write("subscriptions/s.parquet", subscriptions)
    world.run()
    return world


ACTIVE = {"heavy", "just enough", "one too few", "signed up after, here before"}
REGISTERED = set(CUSTOMERS) - {"signed up after"}

DEFAULT = {
    "session_adoption_rate": (4, 8, 50.0),
    "engaged_rate": (2, 4, 50.0),
    "paid_share": (2, 4, 50.0),
    "paid_share_at_end": (1, 4, 25.0),
}


@pytest.mark.parametrize("metric", DEFAULT)
def test_the_default_window(world: World, metric: str) -> None:
    """Paid: heavy from the last microsecond on, just enough up to the first day's; the rest end before or begin after."""
    (row,) = _kpis(world, metric=metric, window_kind="default", slice="all")
    assert (row["window_from"], row["window_to"], row["slice_value"]) == (FIRST, LAST, "all")
    assert (row["numerator"], row["denominator"], row["value"]) == DEFAULT[metric]


def test_the_summary_is_the_headline_of_the_default_window(world: World) -> None:
    assert world.pairs("gold.kpi_summary", "metric", "value") == {
        "session_adoption_rate": 50.0,
        "engaged_rate": 50.0,
        "paid_share": 50.0,
    }


def test_the_histogram_is_of_the_active_of_the_default_window(world: World) -> None:
    rows = world.read("gold.sessions_histogram", "sessions, customers, customers_at_least")
    assert [tuple(row.values()) for row in rows] == [(1, 1, 4), (3, 1, 3), (4, 1, 2), (5, 1, 1)]


WINDOWS = [
    ("default", "2025-05-31", "2025-07-31", 4),
    ("previous", "2025-03-30", "2025-05-30", 4),
    ("month", "2025-05-01", "2025-05-31", 2),
    ("month", "2025-06-01", "2025-06-30", 2),
    ("month", "2025-07-01", "2025-07-31", 2),
    ("trailing_28", "2025-05-04", "2025-05-31", 2),
    ("trailing_28", "2025-06-03", "2025-06-30", 2),
    ("trailing_28", "2025-07-04", "2025-07-31", 2),
]


def test_windows_and_their_thresholds(world: World) -> None:
    """4 sessions in 62 days are 2 in 28 to 31, rounded up."""
    rows = _kpis(world, metric="engaged_rate", slice="all")
    found = [(row["window_kind"], str(row["window_from"]), str(row["window_to"]), row["threshold"]) for row in rows]
    assert sorted(found) == sorted(WINDOWS)
    assert {row["threshold"] for row in world.read("gold.kpis") if row["metric"] != "engaged_rate"} == {None}


def test_a_window_without_actives_is_null(world: World) -> None:
    (row,) = [
        r
        for r in _kpis(world, metric="engaged_rate", window_kind="trailing_28", slice="all")
        if r["window_from"].month == 6
    ]
    assert (row["numerator"], row["denominator"], row["value"]) == (0, 0, None)


def test_registered_grows_with_the_window(world: World) -> None:
    """By the end of May: not who signed up on 31 July, nor who came first on 1 July."""
    rows = {
        r["window_to"]: r["denominator"]
        for r in _kpis(world, metric="session_adoption_rate", window_kind="month", slice="all")
    }
    assert rows == {date(2025, 5, 31): 6, date(2025, 6, 30): 6, date(2025, 7, 31): 8}


SLICES = {
    ("session_adoption_rate", "country"): {"SE": (3, 4), "NO": (0, 2), "DK": (1, 1), "unknown": (0, 1)},
    ("engaged_rate", "country"): {"SE": (2, 3), "DK": (0, 1)},
    ("engaged_rate", "device"): {"phone": (1, 1), "car": (1, 2), "unknown": (0, 1)},
    ("engaged_rate", "plan"): {"premium": (1, 1), "free": (1, 3)},
    ("paid_share", "plan"): {"premium": (1, 1), "free": (1, 3)},
}


@pytest.mark.parametrize(("metric", "slice"), SLICES)
def test_slices(world: World, metric: str, slice: str) -> None:
    """A device is the one of most sessions in the window, ties by name; a plan that of the window's last instant."""
    rows = _kpis(world, metric=metric, window_kind="default", slice=slice)
    assert {row["slice_value"]: (row["numerator"], row["denominator"]) for row in rows} == SLICES[metric, slice]


def test_small_groups_are_marked(world: World) -> None:
    rows = _kpis(world, metric="session_adoption_rate", window_kind="default", slice="country")
    assert {row["slice_value"]: row["is_small"] for row in rows} == {
        "SE": False,
        "NO": False,
        "DK": True,
        "unknown": True,
    }


def test_customers_that_no_file_names_count_nowhere(world: World) -> None:
    assert world.sql("select count(*) as n from silver.sessions where customer_id = 'nobody knows'") == [{"n": 9}]
    assert "nobody knows" in world.column("gold.customer_day", "customer_id")
    assert world.open().status().facts["unknown_customers"] == 9


def test_any_window_and_threshold(world: World) -> None:
    answer = world.open().kpis(first=date(2025, 6, 1), last=date(2025, 6, 1), engaged_sessions=5)
    found = {row["metric"]: (row["numerator"], row["denominator"], row["threshold"]) for row in answer.rows}
    assert found == {
        "session_adoption_rate": (2, 6, None),
        "engaged_rate": (1, 2, 5),
        "paid_share": (0, 2, None),
        "paid_share_at_end": (0, 2, None),
    }


def test_any_window_agrees_with_the_stored_one(world: World) -> None:
    rows = world.open().kpis(first=FIRST, last=LAST).rows
    assert {row["metric"]: (row["numerator"], row["denominator"], row["value"]) for row in rows} == DEFAULT
    assert rows == world.open().kpis().rows


def test_by_merges_small_groups_as_other(world: World) -> None:
    rows = world.open().kpis(by=["country"], metrics=["session_adoption_rate"]).rows
    assert [(row["slice_value"], row["numerator"], row["denominator"]) for row in rows] == [
        ("all", 4, 8),
        ("SE", 3, 4),
        ("NO", 0, 2),
        ("other", 1, 2),
    ]


def test_other_is_withheld_where_it_is_too_small_itself(world: World) -> None:
    rows = world.open().kpis(by=["country"], metrics=["engaged_rate"]).rows
    assert [(row["slice_value"], row["numerator"], row["value"]) for row in rows] == [
        ("all", 2, 50.0),
        ("SE", 2, 66.67),
        ("other", None, None),
    ]


WHERE: list[tuple[dict[str, list[str]], tuple[int | None, int | None]]] = [
    ({"country": ["SE"]}, (2, 3)),
    ({"country": ["SE", "DK"]}, (2, 4)),
    ({"country": ["SE"], "plan": ["free"]}, (1, 2)),
    ({"device": ["car"]}, (1, 2)),
    ({"device": ["phone"]}, (None, None)),
    ({"country": ["Atlantis"]}, (0, 0)),
    ({"country": ["SE' or 'a' = 'a"]}, (0, 0)),
]


@pytest.mark.parametrize(("where", "counts"), WHERE)
def test_filters_combine_freely(
    world: World, where: dict[str, list[str]], counts: tuple[int | None, int | None]
) -> None:
    (row,) = world.open().kpis(where=where, metrics=["engaged_rate"]).rows
    assert (row["numerator"], row["denominator"]) == counts


def test_filters_and_slices_combine(world: World) -> None:
    rows = world.open().kpis(where={"plan": ["free"]}, by=["country"], metrics=["engaged_rate"]).rows
    assert [(row["slice_value"], row["denominator"]) for row in rows] == [("all", 3), ("SE", 2), ("other", None)]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"where": {"device": ["phone"]}}, "fewer than 2 customers"),
        ({"where": {"country": ["Atlantis"]}}, "nobody is left"),
        ({"where": {"country": ["SE"]}}, None),
        ({"first": FIRST, "last": date(2025, 8, 31)}, "sessions of 2025-05-30 to 2025-07-31 only"),
        ({"first": FIRST, "last": LAST}, None),
    ],
)
def test_what_a_reader_should_know_is_noted(world: World, question: dict[str, Any], words: str | None) -> None:
    notes = world.open().kpis(**question, metrics=["engaged_rate"]).notes
    assert (words in " ".join(notes)) if words else (notes == ())


def test_a_slice_asked_for_twice_is_given_once(world: World) -> None:
    rows = world.open().kpis(by=["country", "country"], metrics=["engaged_rate"]).rows
    assert rows == world.open().kpis(by=["country"], metrics=["engaged_rate"]).rows


@pytest.mark.parametrize(
    "question",
    [
        {"by": ["city"]},
        {"where": {"city": ["Oslo"]}},
        {"metrics": ["happiness"]},
        {"first": LAST, "last": FIRST},
        {"first": FIRST},
    ],
)
def test_what_does_not_exist_is_a_usage_error(world: World, question: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        world.open().kpis(**question)


PAID: dict[str, tuple[dict[str, Any], bool]] = {
    "premium": ({"subscription_type": "premium"}, True),
    "any name": ({"subscription_type": "student"}, True),
    "free": ({"subscription_type": "free"}, False),
    "FREE tier": ({"subscription_type": "FREE tier", "amount_paid": 10.0}, False),
    "no type, amount": ({"subscription_type": None, "amount_paid": 0.01}, True),
    "blank type, amount": ({"subscription_type": "  ", "amount_paid": 5.0}, True),
    "no type, no amount": ({"subscription_type": None, "amount_paid": None}, False),
    "no type, zero": ({"subscription_type": None, "amount_paid": 0.0}, False),
    "status null": ({"status": None}, True),
    "status Active": ({"status": " Active "}, True),
    "status trialing": ({"status": "trialing"}, True),
    "status cancelled": ({"status": "cancelled"}, False),
    "status past_due": ({"status": "past_due"}, False),
    "status empty": ({"status": ""}, False),
    "end before start": ({"effective_start_date": "2025-07-20", "effective_end_date": "2025-07-10"}, False),
    "starts on the last day": ({"effective_start_date": "2025-07-31"}, True),
    "starts the day after": ({"effective_start_date": "2025-08-01"}, False),
    "ends on the first day": ({"effective_end_date": "2025-05-31"}, True),
    "ends the day before": ({"effective_end_date": "2025-05-30"}, False),
    "ends in the first microsecond but one": ({"effective_end_date": "2025-05-31T00:00:00.000001Z"}, True),
    "ends a microsecond before the window": ({"effective_end_date": "2025-05-30T23:59:59.999999Z"}, False),
    "open for ever": ({"effective_end_date": "9999-12-31"}, True),
    "not active": ({"subscription_type": "premium", "idle": True}, False),
}


@pytest.fixture(scope="module")
def paying(new_world: Callable[..., World]) -> World:
    """Customers with one subscription each, all but one with a session on 31 July."""
    world = new_world()
    world.customers(*PAID)
    world.sessions(*[(f"{id}", id, "2025-07-31T12:00:00Z") for id, (more, _) in PAID.items() if not more.get("idle")])
    usual = {
        "effective_start_date": "2025-01-01",
        "effective_end_date": None,
        "subscription_type": "premium",
        "status": "active",
        "amount_paid": None,
    }
    world.write("subscriptions/s.parquet", [{"customer_id": id, **usual, **more} for id, (more, _) in PAID.items()])
    world.run()
    return world


def test_who_pays(paying: World) -> None:
    """Counted one by one, by the metric's own text."""
    from backbeat import content

    sql = content.with_relations(content.metrics()["paid_share"].sql)
    lake = paying.open()
    lake.show_published()
    window = {"from": FIRST, "to": LAST, "from_at": utc("2025-05-31 00:00"), "to_at": utc("2025-08-01 00:00")}
    found = {row["customer_id"]: row["in_numerator"] for row in lake.house.rows(sql, **window)}
    assert found == {id: pays for id, (more, pays) in PAID.items() if not more.get("idle")}


def test_who_pays_is_what_paid_share_counts(paying: World) -> None:
    (row,) = _kpis(paying, metric="paid_share", window_kind="default", slice="all")
    assert (row["numerator"], row["denominator"]) == (sum(pays for _, pays in PAID.values()), len(PAID) - 1)


ROUNDING = [(1, 3, 33.33), (2, 3, 66.67), (1, 8, 12.5), (1, 16, 6.25), (1, 32, 3.13), (3, 32, 9.38), (0, 5, 0.0), (201, 400, 50.25), (1, 800, 0.13), (5, 800, 0.63)]  # fmt: skip


@pytest.mark.parametrize(("numerator", "denominator", "value"), ROUNDING)
def test_percent_is_rounded_half_up_the_same_everywhere(
    world: World, numerator: int, denominator: int, value: float
) -> None:
    from backbeat.build.kpis import percent
    from backbeat.measure.kpis import share_in_percent

    (stored,) = world.open().house.rows(
        f"select {percent('n', 'd')} as v from (select {numerator} as n, {denominator} as d)"
    )
    assert stored["v"] == share_in_percent(numerator, denominator) == value


def test_final_when_the_watermark_has_passed_the_window(world: World) -> None:
    status = {
        (row["window_kind"], row["window_to"]): row["status"] for row in _kpis(world, metric="paid_share", slice="all")
    }
    assert status["month", date(2025, 6, 30)] == "final"
    assert status["month", date(2025, 7, 31)] == status["default", LAST] == "provisional"


def test_without_customers_every_number_is_null(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.sessions(("s", "c", "2025-07-01"))
    report = world.run()
    assert report.lacking == ("customers",)
    assert world.column("silver.sessions", "session_id") == ["s"]
    assert {(row["numerator"], row["value"]) for row in world.open().kpis().rows} == {(None, None)}
    assert set(world.column("gold.kpi_summary", "value")) == {None}


def test_a_customer_who_arrives_late_counts_then(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("a")
    world.sessions(("s1", "a", "2025-07-01"), ("s2", "b", "2025-07-01"))
    world.run()
    before = world.versions()["gold.customer_day"]
    world.customers("b", path="customers/late.parquet")
    world.run()
    (row,) = _kpis(world, metric="session_adoption_rate", window_kind="default", slice="all")
    assert (row["numerator"], row["denominator"]) == (2, 2)
    assert world.versions()["gold.customer_day"] == before


def _kpis(world: World, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in world.read("gold.kpis") if all(row[name] == value for name, value in wanted.items())]


def _sessions() -> list[dict[str, Any]]:
    devices = {"heavy": ["phone"], "just enough": ["web", "car"], "one too few": ["car"]}
    return [
        {"session_id": f"{id} {n}", "customer_id": id, "started_at": f"{day}T23:{n:02}:00Z", "device": device}
        for id, (_, _, counts) in CUSTOMERS.items()
        for n, day in enumerate(day for day, count in counts.items() for _ in range(count))
        for device in [devices.get(id, [None])[n % len(devices.get(id, [None]))]]
    ]


def _odd_sessions() -> list[dict[str, Any]]:
    return [
        {"session_id": f"x{n}", "customer_id": "nobody knows", "started_at": "2025-07-15T10:00:00Z", "device": "web"}
        for n in range(9)
    ]
