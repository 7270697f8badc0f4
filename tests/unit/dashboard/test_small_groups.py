"""What people read of stored slices: groups of too few customers only as `other`, and that only where it is large enough."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.conftest import World

from backbeat import content
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.open_tables import open_tables, table_page
from backbeat.dashboard.reader import Reader
from backbeat.dashboard.table_sql import block_sql
from backbeat.specs import Block, Table

SLICED = [table for table in open_tables().values() if "slice" in table.columns and table.name != "star_slices"]
COUNTRIES = {"SE": 7, "DE": 3, "FR": 4, "NO": 6}


def living_in(countries: dict[str, int]) -> Iterator[tuple[str, str]]:
    yield from ((f"{country}{n}", country) for country, number in countries.items() for n in range(number))


def world_of(world: World, countries: dict[str, int]) -> World:
    """Everybody comes on 1 July and on 2 August, every third plays, all pay from 2 July on."""
    people = list(living_in(countries))
    rows = [{"customer_id": id, "country": country, "signup_date": "2025-07-01"} for id, country in people]
    world.write("customers/c.parquet", rows)
    again = [(f"b{id}", id, "2025-08-02T10:00:00Z") for id, _ in people]
    world.sessions(*[(f"a{id}", id, "2025-07-01T10:00:00Z") for id, _ in people], *again)
    play = {"event_type": "play", "ms_played": 40_000, "occurred_at": "2025-07-01T10:00:00Z"}
    world.write("events/e.parquet", [{"event_id": id, "customer_id": id, **play} for id, _ in people[::3]])
    premium = {"effective_start_date": "2025-07-02", "subscription_type": "premium"}
    world.write("subscriptions/s.parquet", [{"customer_id": id, **premium} for id, _ in people])
    world.run(close=True)
    return world


@pytest.fixture(scope="module")
def reader(new_world: Callable[..., World]) -> Reader:
    return Reader(world_of(new_world(), COUNTRIES).open())


@pytest.fixture(scope="module")
def lonely(new_world: Callable[..., World]) -> Reader:
    return Reader(world_of(new_world(), {"SE": 7, "DE": 3}).open())


def read(reader: Reader, table: Table) -> list[dict[str, Any]]:
    with reader.reading() as edition:
        return table_page(reader, edition, table, 100_000, 0)[0]


@pytest.mark.parametrize("table", SLICED, ids=lambda table: table.name)
def test_small_countries_are_other(reader: Reader, table: Table) -> None:
    values = {row["slice_value"] for row in read(reader, table) if row["slice"] == "country"}
    assert values == {"SE", "NO", "other"}


@pytest.mark.parametrize("table", SLICED, ids=lambda table: table.name)
def test_counts_of_all_countries_add_up_to_everybody(reader: Reader, table: Table) -> None:
    found = read(reader, table)
    for name in table.adds_up:
        sums = {kind: sum(row[name] for row in found if row["slice"] == kind) for kind in ("all", "country")}
        assert sums["all"] == sums["country"] > 0 or name in NOBODY, (name, sums)


NOBODY = ("free_at_start", "converted", "cancelled", "trials_started", "trials_ended", "trial_to_paid")
"""What nobody is or does here: all join in the first month, and pay from then on."""


@pytest.mark.parametrize("table", SLICED, ids=lambda table: table.name)
def test_other_is_left_out_where_it_is_small_too(lonely: Reader, table: Table) -> None:
    assert {row["slice_value"] for row in read(lonely, table) if row["slice"] == "country"} <= {"SE"}


def test_a_share_of_other_is_that_of_its_customers(reader: Reader) -> None:
    rows = read(reader, content.tables()["kpis"])
    assert {row["value"] for row in rows if row["slice_value"] == "other" and row["metric"] == "session_adoption_rate" and row["window_kind"] == "default"} == {100.0}  # fmt: skip
    steps = {row["step"]: row["rate_from_start"] for row in read(reader, content.tables()["funnel"]) if row["slice_value"] == "other"}  # fmt: skip
    assert (steps["activated"], steps["habitual"]) == (1.0, 0.0)


@pytest.mark.parametrize("table", SLICED, ids=lambda table: table.name)
def test_a_block_of_slices_shows_them_merged(reader: Reader, table: Table) -> None:
    block = Block(table=table.name, columns=("slice_value",), where={"slice": "country"}, limit=1000)
    with reader.reading():
        sql, values = block_sql(block, f"gold.{table.name}", table.columns, Filters(), 5)
        found = reader.house.rows(sql, **values)
    assert {row["slice_value"] for row in found} == {"SE", "NO", "other"}


def test_every_table_of_slices_says_how_large_a_group_is() -> None:
    assert [table.name for table in SLICED if not (table.group_size and table.adds_up)] == []
    for table in SLICED:
        assert {*table.adds_up, *table.merged} <= {*table.columns}
