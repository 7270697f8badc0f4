"""The same key again: the last row wins, whatever run or batch reads it, and the ledger's sums say so."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World, later

from backbeat.config import SourceConfig
from backbeat.ingest import dedup
from backbeat.lake.lakehouse import Lakehouse

FILES: dict[str, tuple[int, list[tuple[str, str]]]] = {
    "sessions/a.parquet": (0, [("in one file", "1"), ("in one file", "2"), ("across files", "1"), ("same time", "1")]),
    "sessions/b.parquet": (0, [("same time", "2")]),
    "sessions/c.parquet": (2, [("newer file first in order of path", "2"), ("across files", "3"), ("alone", "1")]),
    "sessions/d.parquet": (1, [("newer file first in order of path", "1"), ("across files", "2")]),
}
"""Per file the hours after the usual arrival, and its rows: which case, and the day of July."""

WINNERS = {
    "in one file": 2,
    "across files": 3,
    "same time": 2,
    "newer file first in order of path": 2,
    "alone": 1,
}

ORDERS = {
    "at once": [["sessions/a.parquet", "sessions/b.parquet", "sessions/c.parquet", "sessions/d.parquet"]],
    "forwards": [["sessions/a.parquet"], ["sessions/b.parquet", "sessions/c.parquet"], ["sessions/d.parquet"]],
    "backwards": [["sessions/d.parquet", "sessions/c.parquet"], ["sessions/b.parquet"], ["sessions/a.parquet"]],
}
HELD = {"keys of earlier batches in memory": dedup.HELD_KEYS, "keys read again": 0}


@pytest.fixture(scope="module", params=[*ORDERS, *HELD])
def world(new_world: Callable[..., World], request: pytest.FixtureRequest) -> Iterator[World]:
    """The same files in one run, in runs in either order, and in one run a batch each."""
    held: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dedup, "HELD_KEYS", HELD.get(request.param, dedup.HELD_KEYS))
        hold_more = Lakehouse.hold_more
        patch.setattr(
            Lakehouse, "hold_more", lambda self, name, *rest: held.append(name) or hold_more(self, name, *rest)
        )
        world = new_world(batch_rows=1 if request.param in HELD else 1000)
        yield _taken(world, ORDERS.get(request.param, ORDERS["at once"]))
    assert {*held} == ({"keys_of_sessions"} if HELD.get(request.param) else set())


def _taken(world: World, runs: list[list[str]]) -> World:
    world.customers("c")
    for paths in runs:
        for path in paths:
            hours, rows = FILES[path]
            sessions = [(key, "c", f"2025-07-0{day}") for key, day in rows]
            world.sessions(*sessions, path=path, at=later(hours))
        world.ingest()
    world.run()
    return world


@pytest.mark.parametrize("case", WINNERS)
def test_the_last_row_wins(world: World, case: str) -> None:
    found = [row["session_date"] for row in world.read("silver.sessions") if row["session_id"] == case]
    assert found == [date(2025, 7, WINNERS[case])]


def test_a_row_leaves_the_day_where_it_lost(world: World) -> None:
    counted = world.pairs("gold.customer_day", "activity_date", "sessions")
    assert counted == {date(2025, 7, 1): 1, date(2025, 7, 2): 3, date(2025, 7, 3): 1}


def test_two_contents_of_a_file_that_were_modified_at_once_are_told_apart(new_world: Callable[..., World]) -> None:
    world = new_world()
    for rows in ([{"customer_id": "a"}], [{"customer_id": "b", "country": "DE"}]):
        world.write("customers/1.parquet", rows)
        world.ingest()
    world.write("customers/2.parquet", [{"customer_id": "b", "country": "SE"}], at=later(1))
    world.ingest()
    assert world.pairs("silver.customers", "customer_id", "country") == {"a": None, "b": "SE"}


def test_the_sums_of_the_ledger(world: World) -> None:
    batches = world.sql("select * from ops.batches where source = 'sessions'")
    for row in batches:
        assert row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"] + row["rows_duplicate"]
    assert sum(row["rows_read"] for row in batches) == sum(len(rows) for _, rows in FILES.values())
    assert sum(row["rows_accepted"] - row["rows_replaced"] for row in batches) == len(WINNERS)


def test_a_sequence_beats_the_time_of_arrival(new_world: Callable[..., World]) -> None:
    world = new_world(sources={"sessions": SourceConfig(sequence_by="version")})
    world.customers("c")
    for n, (hours, rows) in enumerate(SEQUENCED):
        found = [
            {"session_id": id, "customer_id": "c", "started_at": f"2025-07-0{n + 1}", "version": v} for id, v in rows
        ]
        world.write(f"sessions/{n}.parquet", found, at=later(hours))
        world.ingest()
    days = {key: day.day for key, day in world.pairs("silver.sessions", "session_id", "session_date").items()}
    assert days == {"older version later": 1, "newer version later": 2, "no version later": 1, "equal version": 2}


SEQUENCED: list[tuple[int, list[tuple[str, int | None]]]] = [
    (0, [("older version later", 10), ("newer version later", 9), ("no version later", 1), ("equal version", 5)]),
    (1, [("older version later", 9), ("newer version later", 10), ("no version later", None), ("equal version", 5)]),
]


@pytest.mark.parametrize(
    ("kind", "first", "second", "winner"),
    [
        (pa.null(), None, None, "1"),
        (pa.bool_(), True, False, "1"),
        (pa.list_(pa.int64()), [2], [1], "1"),
        (pa.float64(), float("nan"), float("nan"), "1"),
        (pa.float64(), 1.0, float("inf"), "0"),
        (pa.string(), "10", "9", "0"),
        (pa.string(), "1", "1e400", "0"),
        (pa.timestamp("us", "UTC"), datetime(2025, 7, 2, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC), "0"),
    ],
)
def test_a_sequence_of_any_type_orders_rows_or_says_nothing(
    new_world: Callable[..., World], kind: pa.DataType, first: Any, second: Any, winner: str
) -> None:
    world = new_world(sources={"customers": SourceConfig(sequence_by="version")})
    for n, value in enumerate((first, second)):
        rows = [{"customer_id": "c", "country": str(n), "version": value}]
        world.write(f"customers/{n}.parquet", rows, types={"version": kind}, at=later(n))
        world.ingest()
    assert world.column("silver.customers", "country") == [winner]


def test_a_subscription_s_key_is_customer_start_and_id(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c", "d")
    rows: list[dict[str, Any]] = [
        {
            "customer_id": "c",
            "effective_start_date": "2025-01-01",
            "subscription_id": None,
            "subscription_type": "first",
        },
        {
            "customer_id": "c",
            "effective_start_date": "2025-01-01",
            "subscription_id": "1",
            "subscription_type": "second",
        },
        {
            "customer_id": "c",
            "effective_start_date": "2025-01-02",
            "subscription_id": "1",
            "subscription_type": "third",
        },
        {
            "customer_id": "d",
            "effective_start_date": "2025-01-01",
            "subscription_id": "1",
            "subscription_type": "fourth",
        },
        {
            "customer_id": "c",
            "effective_start_date": "2025-01-01T00:00Z",
            "subscription_id": None,
            "subscription_type": "fifth",
        },
    ]
    world.write("subscriptions/s.parquet", rows)
    world.ingest()
    assert world.column("silver.subscriptions", "subscription_type") == ["fifth", "fourth", "second", "third"]


def test_rows_without_dates_of_their_own_are_replaced_too(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.customers("c", "d", country="SE")
    world.ingest()
    world.write("customers/new.parquet", [{"customer_id": "c", "country": "NO"}], at=later(1))
    batch = world.ingest().batches[-1]
    assert world.pairs("silver.customers", "customer_id", "country") == {"c": "NO", "d": "SE"}
    assert (batch.rows_accepted, batch.rows_replaced) == (1, 1)


@pytest.mark.parametrize(
    "ends",
    [
        ("a", "zz"),
        ("a'b", "c\\'d"),
        ("a\\", "z'"),
        ("\x00", "z\x00"),
        ("a\nb", "ä\u2028"),
        ("k" * 201, "l"),
        ("${env:HOME}", "0"),
        (":id", "c?"),
        ("0", "\U0001f3b5"),
    ],
)
def test_keys_of_any_text_come_again(new_world: Callable[..., World], ends: tuple[str, str]) -> None:
    """Those at both ends of a batch's, which tell where in silver to look."""
    world = new_world()
    world.customers("c")
    keys = [*ends, "between", "b" + ends[0], ends[1][:-1] + "!"]
    for day in (1, 2):
        world.write(
            f"sessions/{day}.parquet",
            [{"session_id": key, "customer_id": "c", "started_at": f"2025-07-0{day}"} for key in keys],
            at=later(day),
        )
        batch = world.ingest().batches[-1]
    assert (batch.rows_accepted, batch.rows_replaced) == (len(keys), len(keys))
    assert {each.day for each in world.column("silver.sessions", "session_date")} == {2}
    world.write(
        "sessions/3.parquet", [{"session_id": ends[1], "customer_id": "c", "started_at": "2025-07-03"}], at=later(3)
    )
    assert world.ingest().batches[-1].rows_replaced == 1


NEAR = {
    "where they lie": (["b 1", "a-2", "c/3"], "session_id between 'a-2' and 'c/3'"),
    "odd at the low end": (["${env:HOME}", "b"], "true"),
    "odd at the high end": (["a", "it's"], "true"),
    "too long": (["a", "b" * 201], "true"),
    "none": ([], "false"),
}


@pytest.mark.parametrize("case", NEAR)
def test_only_stored_keys_between_a_batch_s_are_read(new_world: Callable[..., World], case: str) -> None:
    keys, near = NEAR[case]
    house = new_world().open().house
    rows = [f"select {n}, $${key}$$, null" for n, key in enumerate(keys)] + ["select -1, 'zz', ['key_missing']"]
    house.engine.keep_own("batch", f"select * from ({' union all '.join(rows)}) as rows(n, session_id, _reasons)")
    assert dedup._good_bad_near(house, "sessions") == (len(keys), 1, near)
