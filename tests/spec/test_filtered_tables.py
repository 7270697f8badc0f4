"""A table under a filter is the table of a lake in which nobody else is."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

import pytest
from tests.conftest import World

from backbeat import content
from backbeat.build.kpis import shares
from backbeat.build.windows import Window, default_window
from backbeat.dashboard.answers import answer
from backbeat.dashboard.filters import Filters, parse
from backbeat.dashboard.reader import Reader
from backbeat.measure import kpis
from backbeat.measure.counts import Counts
from backbeat.measure.filtered import only_customers
from backbeat.measure.numbers import numbers
from backbeat.measure.tally import NOBODY

PEOPLE = {f"c{n}": ("SE", "DE", "FR")[n % 3] for n in range(24)}
FILTERS = [
    {},
    {"country": ["SE"]},
    {"country": ["SE", "DE"], "plan": ["premium"]},
    {"device": ["tv"]},
    {"country": ["XX"]},
]


def fill(world: World, people: Collection[str]) -> World:
    """Write what some of the people did: each comes every few days on a device of theirs, every second one pays."""
    numbers = [int(name[1:]) for name in people]
    world.write(
        "customers/c.parquet",
        [
            {"customer_id": f"c{n}", "country": PEOPLE[f"c{n}"], "signup_date": f"2025-06-{1 + n % 20:02}"}
            for n in numbers
        ],
    )
    world.write("sessions/s.parquet", [session(n, day) for n in numbers for day in days(n)])
    world.write("sessions/all.parquet", [{"session_id": "x", "customer_id": "nobody", "started_at": "2025-06-01T00:00:00Z"},
                                         {"session_id": "y", "customer_id": "nobody", "started_at": "2025-07-30T23:00:00Z"}])  # fmt: skip
    plans = [
        {
            "customer_id": f"c{n}",
            "effective_start_date": "2025-06-05",
            "effective_end_date": None,
            "subscription_type": "premium",
        }
        for n in numbers
        if n % 2
    ]
    world.write("subscriptions/p.parquet", plans)
    world.run()
    return world


def days(n: int) -> range:
    """The days of July on which somebody comes; a third of each country begins later."""
    return range(1 + 10 * (n % 9 > 5), 31, 1 + n % 5)


def session(n: int, day: int) -> dict[str, Any]:
    return {
        "session_id": f"s{n}-{day}",
        "customer_id": f"c{n}",
        "started_at": f"2025-07-{day:02}T10:00:00Z",
        "device": ("tv", "web")[n % 4 == 0],
    }


@pytest.fixture(scope="module")
def everybody(new_world: Callable[..., World]) -> Reader:
    return Reader(fill(new_world(), PEOPLE).open())


@pytest.fixture(scope="module")
def swedes(new_world: Callable[..., World]) -> Reader:
    return Reader(fill(new_world(), [name for name, country in PEOPLE.items() if country == "SE"]).open())


def shown(reader: Reader, page: str, filters: Filters) -> dict[int, Any]:
    """What each block over a table about customers shows."""
    found = {}
    for number, block in enumerate(content.pages()[page].blocks):
        table = content.tables().get(block.table or "")
        if table and not table.partition:
            found[number] = list(answer(reader, content.pages()[page], number, filters).rows)
    return found


@pytest.mark.parametrize("page", ["engagement", "retention", "paid"])
def test_a_filter_by_country_shows_the_lake_of_that_country(everybody: Reader, swedes: Reader, page: str) -> None:
    filtered = shown(everybody, page, Filters(where=(("country", ("SE",)),)))
    alone = shown(swedes, page, Filters())
    assert any(filtered.values())
    for number, rows in filtered.items():
        may_lack_small = content.tables()[content.pages()[page].blocks[number].table or ""].group_size is not None
        assert rows == ([row for row in alone[number] if row in rows] if may_lack_small else alone[number])


def test_the_lake_is_as_it_was_after_a_filter(everybody: Reader) -> None:
    before = everybody.lake.kpis().document()
    shown(everybody, "engagement", Filters(where=(("country", ("SE",)),)))
    assert everybody.lake.kpis().document() == before


def test_too_few_customers_are_withheld(everybody: Reader) -> None:
    page = content.pages()["engagement"]
    few = Filters(date(2025, 7, 1), date(2025, 7, 30), where=(("country", ("SE",)), ("device", ("web",))))
    found = answer(everybody, page, 3, few)
    assert (list(found.rows), "Withheld" in str(found.hint)) == ([], True)


@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("by", [None, "country"])
@pytest.mark.parametrize("threshold", [None, 3])
@pytest.mark.parametrize("days", [None, (date(2025, 7, 3), date(2025, 7, 20)), (date(2025, 7, 1), date(2025, 7, 31))])
def test_numbers_are_those_of_kpis(
    everybody: Reader, where: Any, by: str | None, threshold: int | None, days: Any
) -> None:
    with everybody.reading() as edition:
        assert edition and edition.clock.as_of
        config = everybody.lake.config
        window = Window("given", *days) if days else default_window(config, edition.clock.as_of, edition.clock)
        for metric in ("session_adoption_rate", "engaged_rate", "paid_share"):
            expected = kpis(everybody.house, edition.clock, first=window.first, last=window.last, by=[by] if by else [],
                            where=where, engaged_sessions=threshold, metrics=[metric])  # fmt: skip
            found = numbers(edition.counts, metric, window, by=by, where=where, engaged_sessions=threshold)
            assert found == expected.rows


@pytest.mark.parametrize("where", FILTERS, ids=str)
@pytest.mark.parametrize("is_foreseen", [True, False], ids=["foreseen", "asked"])
def test_a_sum_of_cells_counts_whom_the_filter_keeps(everybody: Reader, where: Any, is_foreseen: bool) -> None:
    house, window = everybody.house, Window("given", date(2025, 7, 3), date(2025, 7, 20))
    with everybody.reading() as edition:
        assert edition
        counts = Counts(house, edition.clock)
        if is_foreseen:
            counts.foresee(window, content.slices())
        for metric in shares():
            found = counts.rows(metric, window, where=where)
            parts = counts.tallies(metric, window, where=where).get(("all", "all"), NOBODY)
            with only_customers(house, edition.clock, window, where):
                (kept,) = Counts(house, edition.clock).rows(metric, window)
            assert found == [kept]
            assert (parts.numerator, parts.denominator) == (kept["numerator"], kept["denominator"])


def test_the_histogram_is_of_the_window_that_is_asked_for(everybody: Reader) -> None:
    page = content.pages()["engagement"]
    week = parse([("from", "2025-07-01"), ("to", "2025-07-07")])
    rows = answer(everybody, page, 2, week).rows
    expected: dict[int, int] = {}
    for n in range(24):
        came = len([day for day in days(n) if day <= 7])
        expected[came] = expected.get(came, 0) + 1
    expected.pop(0, None)
    assert {row["sessions"]: row["customers"] for row in rows} == expected
