"""Who is left out, by which rule, of what."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World, later
from tests.property.agreement import differences

from backbeat.errors import UsageError

RULES: dict[str, dict[str, Any]] = {
    "staff": {"ids": ["c1", "nobody"]},
    "tests": {"ids_like": ["test-%", "qa_"]},
    "internal": {"plans": ["Employee "]},
    "robots": {"sessions_a_day": 3},
    "farms": {"plays_a_day": 2},
}
LEFT_OUT = {
    ("c1", "staff", None),
    ("test-1", "tests", None),
    ("qa1", "tests", None),
    ("c2", "internal", "2025-06-03"),
    ("c3", "robots", "2025-07-02"),
    ("c4", "farms", "2025-07-01"),
}


def write(world: World) -> None:
    """c3 has 3 sessions on 1 July, which are not yet too many, and 4 on the days after; qa10 is no `qa_`."""
    world.customers("c1", "c2", "c3", "c4", "c5", "test-1", "qa1", "qa10", country="SE")
    counts = [
        ("c1", 1, 1),
        ("c3", 1, 3),
        ("c3", 2, 4),
        ("c3", 3, 4),
        ("c5", 1, 3),
        ("stranger", 1, 9),
        ("test-1", 1, 1),
    ]
    world.sessions(
        *((f"{id}-{day}-{i}", id, f"2025-07-0{day}T{i + 1:02}:00:00Z") for id, day, n in counts for i in range(n))
    )
    plays = [("c4", i) for i in range(3)] + [("c5", i) for i in range(2)]
    world.write("events/e.parquet", [_play(id, i) for id, i in plays])
    usual = {"effective_end_date": None, "amount_paid": 0.0, "status": "active"}
    world.write(
        "subscriptions/s.parquet",
        [
            {"customer_id": "c2", "effective_start_date": "2025-06-09", "subscription_type": "employee", **usual},
            {"customer_id": "c2", "effective_start_date": "2025-06-03", "subscription_type": " Employee", **usual},
            {"customer_id": "c5", "effective_start_date": "2025-06-03", "subscription_type": "employees", **usual},
        ],
    )


def _play(customer: str, n: int) -> dict[str, Any]:
    return {"event_id": f"{customer}-{n}", "customer_id": customer, "event_type": "play",
            "occurred_at": f"2025-07-01T10:0{n}:00Z", "ms_played": 60_000}  # fmt: skip


def rules_file(world: World, rules: dict[str, Any]) -> str:
    path = world.raw.parent / "exclusions.yml"
    path.write_text(json.dumps({"rules": rules}), "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    world = new_world()
    write(world)
    world.settings["exclusions"] = rules_file(world, RULES)
    world.report = world.run(close=True)  # type: ignore[attr-defined]
    return world


def test_each_rule_finds_its_customers(world: World) -> None:
    found = {
        (r["customer_id"], r["rule"], r["since"] and str(r["since"])) for r in world.read("gold.excluded_customers")
    }
    assert found == LEFT_OUT


def test_they_leave_every_table_about_customers_and_nothing_else(world: World) -> None:
    """Everything else is as the oracle has it: silver and the tables that count every accepted row still hold them."""
    assert differences(world.open(), world.raw, close=True, rules=RULES) == []
    assert len({row["customer_id"] for row in world.read("silver.customers")}) == 8
    assert "c3" in world.column("gold.customer_day", "customer_id")
    (adoption,) = world.open().kpis(metrics=["session_adoption_rate"]).rows
    assert (adoption["numerator"], adoption["denominator"]) == (1, 2)


def test_each_rule_says_how_many_it_left_out(world: Any) -> None:
    assert world.open().status().exclusions == [
        {"rule": "staff", "customers": 1},
        {"rule": "tests", "customers": 2},
        {"rule": "internal", "customers": 1},
        {"rule": "robots", "customers": 1},
        {"rule": "farms", "customers": 1},
    ]
    assert "customers left out by exclusions: staff 1, tests 2, internal 1, robots 1, farms 1" in world.report.notes


def test_every_check_passes(world: World) -> None:
    assert world.failures() == []


def test_a_changed_rule_is_followed_by_what_stands_on_it(world: World) -> None:
    world.settings["exclusions"] = rules_file(world, {"staff": {"ids": ["c5"]}})
    changed = world.run()
    assert changed.built is not None
    assert {"excluded_customers", "plan_periods", "kpis", "daily_engagement"} <= {*changed.built.rebuilt}
    assert "customer_day" not in changed.built.rebuilt
    assert differences(world.open(), world.raw, close=True, rules={"staff": {"ids": ["c5"]}}) == []


def test_new_sessions_that_make_nobody_a_robot_leave_plans_as_they_are(new_world: Callable[..., World]) -> None:
    world = new_world()
    write(world)
    world.settings["exclusions"] = rules_file(world, RULES)
    world.run()
    before = world.versions()
    world.sessions(("new", "c5", "2025-07-03T10:00:00Z"), path="sessions/2.parquet", at=later(1))
    world.run()
    assert world.versions()["gold.customer_day"] > before["gold.customer_day"]
    for table in ("gold.excluded_customers", "gold.plan_periods"):
        assert world.versions()[table] == before[table]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: {a: {id: [x]}}", "rule 'a' goes by one of ids, ids_like"),
        ("rules: {a: {ids: [x], plans: [y]}}", "rule 'a' goes by one of"),
        ("rules: {a: {ids: 3}}", "give ids a list"),
        ("rules: {a: {plays_a_day: [many]}}", "give plays_a_day a number"),
        ("rules: {a: {plays_a_day: -1}}", "give plays_a_day 1 or more"),
        ("rules: {a: {ids: [7]}}", "Expected `str`, got `int`.*; text is put in quotes"),
        ("rules: {a: {ids: [x]}, a: {ids: [y]}}", "`a` stands twice"),
        ("rules: [a]", "rules"),
        ("{", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_named(world: World, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=said) as error:
        world.open(exclusions=str(path)).run()
    assert "wrong.yml" in str(error.value)


def test_doctor_looks_at_the_rules(world: World) -> None:
    from backbeat.doctor import examine

    path = rules_file(world, {"staff": {"id": ["c5"]}})
    flags = {"lake": str(world.lake), "raw": str(world.raw), "exclusions": path}
    (found,) = [row for row in examine(flags) if row["what"] == "exclusions"]
    assert not found["ok"]
    assert "rule 'staff' goes by one of" in found["found"]


def test_a_missing_file_is_named(world: World) -> None:
    with pytest.raises(UsageError, match="no-such"):
        world.open(exclusions="no-such.yml").run()
