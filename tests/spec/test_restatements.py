"""Values that had been final and changed are on record; and a definition changes only with its version."""

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from tests.conftest import World, later

from backbeat import content
from backbeat.build.restate import restated

pytestmark = pytest.mark.usefixtures("no_stars")

JULY = (date(2025, 7, 1), date(2025, 7, 31))


def write_first(world: World) -> None:
    """Two customers; one came in June and July, both in August, on whose 10th the data end."""
    world.customers("a", "b", signup_date="2025-01-01", country="SE")
    world.sessions(
        ("s1", "a", "2025-06-03T10:00:00Z"),
        ("s2", "a", "2025-07-03T10:00:00Z"),
        ("s3", "a", "2025-08-02T10:00:00Z"),
        ("s4", "b", "2025-08-10T10:00:00Z"),
    )


@pytest.fixture
def world(world: World) -> World:
    write_first(world)
    world.run()
    return world


def recorded(world: World, metric: str) -> dict[Any, Any]:
    """(first day, last day, slice, value of it) → old value, new value."""
    return {
        (row["window_from"], row["window_to"], row["slice"], row["slice_value"]): (row["old_value"], row["new_value"])
        for row in world.read("ops.restatements")
        if row["metric"] == metric
    }


def test_a_first_run_restates_nothing(world: World) -> None:
    assert world.read("ops.restatements") == []


def test_what_goes_on_restates_nothing(world: World) -> None:
    """August was not over, and the default window of another day is another window."""
    world.sessions(("s5", "b", "2025-08-12T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    world.run()
    assert world.read("ops.restatements") == []


def test_late_data_restate_the_months_that_were_over(world: World) -> None:
    world.sessions(("late", "b", "2025-07-20T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    world.run()
    found = recorded(world, "session_adoption_rate")
    assert found[(*JULY, "all", "all")] == (50.0, 100.0)
    assert found[(*JULY, "country", "SE")] == (50.0, 100.0)
    assert found[(date(2025, 7, 4), JULY[1], "all", "all")] == (0.0, 50.0)
    assert {window_to for _, window_to, _, _ in found} == {JULY[1]}
    (batch,) = {row["batch_id"] for row in world.read("ops.restatements")}
    assert batch == max(row["batch_id"] for row in world.read("ops.batches"))


def test_a_series_is_restated_day_by_day(world: World) -> None:
    world.sessions(("late", "b", "2025-07-20T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    world.run()
    found = recorded(world, "stickiness")
    assert found[(date(2025, 7, 20), date(2025, 7, 20), "all", "all")] == (0.0, 50.0)
    assert found[(date(2025, 8, 2), date(2025, 8, 2), "all", "all")] == (100.0, 50.0)
    assert max(day for day, *_ in found) < date(2025, 8, 10)


def test_other_exclusions_restate(world: World) -> None:
    path = world.raw.parent / "exclusions.yml"
    path.write_text(json.dumps({"rules": {"staff": {"ids": ["b"]}}}), "utf-8")
    world.run(exclusions=str(path))
    assert recorded(world, "session_adoption_rate")[(*JULY, "all", "all")] == (50.0, 100.0)


def test_a_full_rebuild_of_the_same_restates_nothing(world: World) -> None:
    world.run(full=True)
    assert world.read("ops.restatements") == []


def test_another_definition_restates_and_needs_another_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = redefined("session_adoption_rate", "not (", ")")
    monkeypatch.setattr(content, "metrics", lambda: changed)
    world.run()
    assert recorded(world, "session_adoption_rate")[(date(2025, 7, 4), JULY[1], "all", "all")] == (0.0, 100.0)
    (failed,) = [row for row in world.open().check() if not row["passed"] and "version" in row["check"]]
    assert failed["severity"] == "fail"
    was = re.fullmatch(r"session_adoption_rate version 1, whose text was (\w{16})", failed["example"])
    assert was
    same = {
        **changed,
        "session_adoption_rate": msgspec.structs.replace(changed["session_adoption_rate"], same_as=(was[1],)),
    }
    monkeypatch.setattr(content, "metrics", lambda: same)
    assert [row for row in world.open().check() if not row["passed"] and "version" in row["check"]] == []
    raised = {**changed, "session_adoption_rate": msgspec.structs.replace(changed["session_adoption_rate"], version=2)}
    monkeypatch.setattr(content, "metrics", lambda: raised)
    world.run()
    assert [row for row in world.open().check() if not row["passed"] and "version" in row["check"]] == []


def test_a_comment_is_no_definition(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = redefined("session_adoption_rate", "", "\n  -- as it was")
    monkeypatch.setattr(content, "metrics", lambda: changed)
    assert [row for row in world.open().check() if not row["passed"] and "version" in row["check"]] == []


def redefined(name: str, before: str, after: str) -> dict[str, Any]:
    """The metrics, one with something around its numerator."""
    metric = content.metrics()[name]
    numerator = "active_customers.customer_id is not null"
    sql = metric.sql.replace(f"{numerator} as in_numerator", f"{before}{numerator}{after} as in_numerator")
    if after.startswith("\n"):
        sql = metric.sql + after
    assert sql != metric.sql
    return {**content.metrics(), name: msgspec.structs.replace(metric, sql=sql)}


def row(
    value: float | None, status: str = "final", slice_value: str = "all", last: str = "2025-07-31"
) -> dict[str, Any]:
    return {"metric": "m", "window_from": "2025-07-01", "window_to": last, "slice": "plan", "slice_value": slice_value,
            "value": value, "status": status}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([row(1.0)], [row(2.0)], [(1.0, 2.0)]),
        ([row(1.0)], [row(1.0)], []),
        ([row(1.0, "provisional")], [row(2.0)], []),
        ([row(1.0)], [row(2.0, last="2025-08-01")], []),
        ([row(1.0), row(3.0, slice_value="gone")], [row(1.0)], [(3.0, None)]),
        ([row(1.0)], [row(1.0), row(3.0, slice_value="new")], [(None, 3.0)]),
        ([row(1.0)], [row(2.0, "provisional")], [(1.0, 2.0)]),
    ],
)
def test_what_is_a_restatement(before: Any, after: Any, expected: list[tuple[Any, Any]]) -> None:
    assert [(found["old_value"], found["new_value"]) for found in restated(before, after)] == expected


def test_a_lake_of_a_first_run_knows_its_definitions(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_first(world)
    world.run()
    built_from = json.loads(world.read("ops.batches")[-1]["built_from"])
    assert {name: [*versions] for name, versions in built_from["metrics"].items()} == {
        name: ["1"] for name in content.metrics()
    }
