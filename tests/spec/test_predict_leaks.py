"""No feature knows what comes after its day, nor more of what came before than it says. And these tests would notice."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from tests.conftest import World

import backbeat
from backbeat import content
from backbeat.predict.frame import Reader, inputs
from backbeat.simulate import simulate
from backbeat.specs import Predictor

pytestmark = pytest.mark.usefixtures("no_stars")

AS_OF = date(2025, 7, 20)
FIRST, LAST = date(2025, 5, 10), date(2025, 8, 5)
DAY_OF = {
    "silver.sessions": "session_date",
    "silver.events": "event_date",
    "gold.customer_day": "activity_date",
    "gold.customer_device_day": "activity_date",
    "gold.first_sessions": "first_date",
}
LEAKS = [
    (" and :to\n", " and :to + 1\n"),
    ("activity_date <= :to", "activity_date <= :to + 1"),
    (
        "between :to - cast(:horizon_days div 2 as int) + 1 and :to)",
        "between :to - cast(:horizon_days div 2 as int) + 1 and :to + 1)",
    ),
    ("valid_from < :to_at", "valid_from < :to_at + interval 1 day"),
    ("signed_up_at < :to_at", "signed_up_at < :to_at + interval 1 day"),
]


NEXT = f"timestamptz '{AS_OF + timedelta(days=1)} 00:00:00+00'"
DAY, NEXT_DAY, BEFORE = (f"date '{AS_OF + timedelta(days=n)}'" for n in (0, 1, -10))
BORDERLINE = f"""
insert into kept_gold_known_customers by name select * from (values
  ('early', {NEXT} + interval 12 hour, 1), ('late', {NEXT}, 2), ('back', null, 3), ('calm', null, 4))
  as added(customer_id, signed_up_at, customer_key);
insert into kept_gold_customer_day by name select *, 0 as plays, 0 as skips, 0 as ms_played from (values
  ('early', {DAY}, 1, 1), ('back', {NEXT_DAY}, 14, 3), ('calm', {BEFORE}, 1, 4), ('calm', {NEXT_DAY}, 1, 4))
  as added(customer_id, activity_date, sessions, customer_key);
insert into kept_gold_first_sessions by name select * from (values
  ('early', {DAY}), ('back', {NEXT_DAY}), ('calm', {BEFORE})) as added(customer_id, first_date);
insert into kept_gold_plan_periods by name
  select 'early' as customer_id, {NEXT} + interval 12 hour as valid_from, 'premium' as plan, 'paid' as state"""
"""Customers of whom the next day says what the day does not: a sign-up, a plan, a session after a silence."""


class Watched:
    """A simulated lake whose tables can be changed before or after a day, as SQL sees them."""

    def __init__(self, lake: Any) -> None:
        self.lake, self.house = lake, lake.house
        self.clock = lake.show_published()
        for name in inputs():
            self.house.engine.execute(f"create table {self.kept(name)} as select * from {name}")
        self.house.engine.execute(BORDERLINE)
        self.set()

    def kept(self, name: str) -> str:
        return f"kept_{name.replace('.', '_')}"

    def set(self, change: Callable[[str, str | None], str] | None = None) -> None:
        """Show each table as `change(kept, day column)` says, or as it was."""
        for name in inputs():
            kept = self.kept(name)
            text = change(kept, DAY_OF.get(name)) if change else f"select * from {kept}"
            self.house.engine.execute(f"create or replace view {name} as {text}")

    def features(self, sql: str) -> dict[str, dict[str, Any]]:
        return self.rows(sql, "engaged")

    def rows(self, sql: str, label: str) -> dict[str, dict[str, Any]]:
        reader = Reader(self.house, self.clock, content.labels()[label], horizon=14, sessions=14)
        return {row["customer_id"]: row for row in self.house.rows(sql, **reader.values(AS_OF))}


@pytest.fixture(scope="module")
def watched(new_world: Callable[..., World]) -> Watched:
    world = new_world()
    simulate(world.raw / "w", customers=80, start=FIRST, end=LAST)
    lake = backbeat.open(lake=str(world.lake), raw=str(world.raw / "w"))
    lake.run(close=True)
    return Watched(lake)


@pytest.fixture(autouse=True)
def _as_it_was(watched: Watched) -> Iterator[None]:
    yield
    watched.set()


def deleted_after(kept: str, day: str | None) -> str:
    """As if nothing had happened since: the days are gone, plans that began later too, the others still run."""
    if day:
        return f"select * from {kept} where {day} <= date '{AS_OF}'"
    if "plan_periods" in kept:
        running = f"case when valid_to < {NEXT} then valid_to end as valid_to"
        return f"select * replace ({running}) from {kept} where valid_from < {NEXT}"
    if "known_customers" in kept:
        known = f"case when signed_up_at < {NEXT} then signed_up_at end as signed_up_at"
        return f"select * replace ({known}) from {kept} where coalesce(signed_up_at < {NEXT}, true) or customer_id = 'early'"
    return f"select * from {kept}"


def shuffled_after(kept: str, day: str | None) -> str:
    """Everything later happened to somebody else, and thrice."""
    if not day:
        return f"select * from {kept}"
    other = f"lead(customer_id, 5, 'nobody') over (order by md5(customer_id || cast({day} as varchar)))"
    later = f"select * replace ({other} as customer_id) from {kept} where {day} > date '{AS_OF}'"
    return f"select * from {kept} where {day} <= date '{AS_OF}' union all {later} union all {later} union all {later}"


def deleted_before(look_back: int) -> Callable[[str, str | None], str]:
    first = AS_OF - timedelta(days=look_back - 1)
    return lambda kept, day: f"select * from {kept}" + (f" where {day} >= date '{first}'" if day else "")


def changed(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> set[str]:
    """The columns that differ for anybody; `customer_id` where somebody came or went."""
    if set(before) != set(after):
        return {"customer_id"}
    return {name for customer, row in before.items() for name in row if row[name] != after[customer][name]}


def leaking(watched: Watched, sql: str) -> set[str]:
    """The features that change when everything after their day is deleted or shuffled."""
    before = watched.features(sql)
    assert len(before) > 50
    found = set()
    for change in (deleted_after, shuffled_after):
        watched.set(change)
        found |= changed(before, watched.features(sql))
    return found


def reaching_back(watched: Watched, sql: str, look_back: int) -> set[str]:
    """Of the features that look back on so many days or fewer, those that change when the days before are deleted."""
    before = watched.features(sql)
    watched.set(deleted_before(look_back))
    known = content.predictors()
    return {
        name for name in changed(before, watched.features(sql)) if name not in known or _within(known[name], look_back)
    }


def _within(predictor: Predictor, look_back: int) -> bool:
    return predictor.look_back is not None and predictor.look_back <= look_back


def mutations(sql: str, pattern: str, replaced: str) -> list[str]:
    """The text with one occurrence changed, for each of them."""
    return [sql[: at.start()] + at.expand(replaced) + sql[at.end() :] for at in re.finditer(pattern, sql)]


def test_no_feature_knows_the_future(watched: Watched) -> None:
    assert leaking(watched, content.predictor_sql()) == set()


LEAKY = [text for was, leak in LEAKS for text in mutations(content.predictor_sql(), re.escape(was), leak)]


@pytest.mark.parametrize("sql", LEAKY, ids=range(len(LEAKY)))
def test_a_window_one_day_too_long_is_noticed(watched: Watched, sql: str) -> None:
    assert leaking(watched, sql)


def test_every_text_that_reads_days_has_its_leak() -> None:
    assert len(LEAKY) == 8


@pytest.mark.parametrize("look_back", [1, 7, 14, 28, 56])
def test_no_feature_looks_further_back_than_it_says(watched: Watched, look_back: int) -> None:
    assert reaching_back(watched, content.predictor_sql(), look_back) == set()


TOO_FAR = [
    *((mutations(content.predictor_sql(), rf"days_ago < {n}\)", f"days_ago < {n + 1})")[0], n) for n in (1, 7, 14, 28)),
    *((mutations(content.predictor_sql(), rf":to - {n - 1} and", f":to - {n} and")[0], n) for n in (14, 28)),
]


@pytest.mark.parametrize(("sql", "look_back"), TOO_FAR, ids=range(len(TOO_FAR)))
def test_a_window_that_begins_one_day_too_early_is_noticed(watched: Watched, sql: str, look_back: int) -> None:
    assert reaching_back(watched, sql, look_back)


@pytest.mark.parametrize("label", content.labels())
def test_neither_who_is_asked_nor_the_baseline_knows_the_future(watched: Watched, label: str) -> None:
    own = content.labels()[label].sql
    assert knowing(watched, own, label) == {"is_positive"}
    leaks = [text for was, leak in LEAKS for text in mutations(own, re.escape(was), leak)]
    assert leaks
    for text in leaks:
        assert knowing(watched, text, label) - {"is_positive"}


def knowing(watched: Watched, text: str, label: str) -> set[str]:
    """What changes of a label's rows when everything after the day is deleted."""
    watched.set()
    before = watched.rows(content.with_relations(text), label)
    watched.set(deleted_after)
    return changed(before, watched.rows(content.with_relations(text), label))
