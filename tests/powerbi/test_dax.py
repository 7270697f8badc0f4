"""What DAX says of a metric is what `backbeat kpis` says: in total, and under every combination of slicers tried."""

from collections.abc import Callable
from copy import copy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World
from tests.powerbi.conftest import DAYS, FIRST
from tests.powerbi.dax import Evaluated, days
from tests.powerbi.lakes import LAKES

from backbeat import content
from backbeat.powerbi.metric_dax import title_of

SHARES = [metric for metric in content.metrics().values() if metric.kind == "share"]
JUNE = (date(2025, 6, 1), date(2025, 6, 30))
CASES: dict[str, tuple[tuple[date, date] | None, dict[str, list[str]]]] = {
    "everybody": (None, {}),
    "a month": (JUNE, {}),
    "three days": ((date(2025, 6, 10), date(2025, 6, 12)), {}),
    "a country": (None, {"country": ["SE"]}),
    "two countries": (None, {"country": ["SE", "Côte d'Ivoire"]}),
    "where nobody knows": (None, {"country": ["unknown"]}),
    "a plan": (None, {"plan": ["premium"]}),
    "on no plan": (JUNE, {"plan": ["free"]}),
    "a device": (None, {"device": ["mobile"]}),
    "a device in a month": (JUNE, {"device": ["web", "unknown"]}),
    "country and device": (None, {"country": ["SE"], "device": ["mobile"]}),
    "all three in a month": (
        JUNE,
        {"country": ["SE", "日本"], "device": ["mobile", "tv"], "plan": ["premium", "free"]},
    ),
    "too few": (None, {"country": ['say "hi"'], "device": ["tv"], "plan": ["student"]}),
}


def slicers(window: tuple[date, date] | None, where: dict[str, list[str]]) -> dict[tuple[str, str], list[Any]]:
    chosen: dict[tuple[str, str], list[Any]] = {
        (f"By {name}", name.capitalize()): [*values] for name, values in where.items()
    }
    return {**chosen, ("Dates", "Date"): days(*window)} if window else chosen


QUICK = ("everybody", "three days", "country and device", "all three in a month")


@pytest.mark.parametrize("case", [c if c in QUICK else pytest.param(c, marks=pytest.mark.long) for c in CASES])
def test_a_share_is_what_kpis_says(case: str, powerbi_world: World, evaluated: Evaluated) -> None:
    assert differences(powerbi_world, evaluated, case) == []


@pytest.mark.parametrize("kind", [k if k == "no sessions" else pytest.param(k, marks=pytest.mark.long) for k in LAKES])
def test_a_share_is_what_kpis_says_in_odd_lakes(kind: str, new_world: Callable[..., World], tmp_path: Path) -> None:
    world = new_world()
    LAKES[kind](world)
    world.run()
    world.open().export_powerbi(tmp_path)
    measured = Evaluated(world.open(), tmp_path / "Backbeat.SemanticModel" / "definition")
    assert differences(world, measured, "everybody") == []
    if kind == "no sessions":
        assert measured.values(["Window", "Engaged sessions"]) == {
            "Window": "No sessions yet",
            "Engaged sessions": None,
        }


WRONG = {
    "a limit that leaves out": (">= _threshold", "> _threshold"),
    "a day too few": ("<= _last", "< _last"),
    "a slice that keeps all": ("[@country] IN VALUES ( 'By country'[Country] )", "TRUE ()"),
    "groups too small": ("_size >= [Minimum group]", "_size >= 0"),
    "members that are not in it": ("NOT ( ISBLANK ( [@in] ) )", "TRUE ()"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_number_that_is_wrong_is_found(what: str, powerbi_world: World, evaluated: Evaluated) -> None:
    changed = copy(evaluated)
    changed.measures = {name: dax.replace(*WRONG[what]) for name, dax in evaluated.measures.items()}
    assert changed.measures != evaluated.measures
    assert any(differences(powerbi_world, changed, case) for case in QUICK)


def differences(world: World, evaluated: Evaluated, case: str) -> list[str]:
    """The metrics of which DAX and `backbeat kpis` say different numbers."""
    window, where = CASES[case]
    first, last = window or (None, None)
    told = {row["metric"]: row for row in world.open().kpis(first=first, last=last, where=where).rows}
    titles = {metric.name: title_of(metric) for metric in SHARES}
    names = [f"{title}{part}" for title in titles.values() for part in ("", " numerator", " denominator")]
    found = evaluated.values(names, slicers(window, where))
    return [
        name for name, title in titles.items() if numbers(found, title) != (*shown(told[name]), told[name]["value"])
    ]


def said(row: dict[str, Any] | None) -> tuple[int | None, int | None, float | None]:
    """What `backbeat kpis` says of a share; nothing where there is no window."""
    return (*shown(row), row["value"]) if row else (None, None, None)


def numbers(found: dict[str, Any], title: str) -> tuple[int | None, int | None, float | None]:
    """What DAX says of a share, as `backbeat kpis` writes it."""
    counted = (found[f"{title} {part}"] for part in ("numerator", "denominator"))
    numerator, denominator = (None if n is None else int(n) for n in counted)
    return numerator, denominator, percent(found[title])


def shown(row: dict[str, Any]) -> tuple[int | None, int | None]:
    """Nobody at all is blank in DAX."""
    return (row["numerator"], row["denominator"]) if row["denominator"] else (None, None)


def percent(value: float | None) -> float | None:
    return None if value is None else round(value * 100 + 1e-9, 2)


@pytest.mark.parametrize(
    "name", [n if n == "country" else pytest.param(n, marks=pytest.mark.long) for n in content.slices()]
)
def test_small_groups_are_merged_as_other(name: str, powerbi_world: World, evaluated: Evaluated) -> None:
    rows = [row for row in powerbi_world.open().kpis(by=[name], metrics=["paid_share"]).rows if row["slice"] == name]
    told = {row["slice_value"]: row["denominator"] for row in rows if row["denominator"] is not None}
    column = (f"By {name}", name.capitalize())
    values = [row[0] for row in evaluated.tables[column[0]]["rows"]]
    found = {
        value: evaluated.values(["Paid share denominator"], {column: [value]})["Paid share denominator"]
        for value in values
    }
    assert {value: int(count) for value, count in found.items() if count is not None} == told


def test_a_window_s_days_and_status(powerbi_world: World, evaluated: Evaluated) -> None:
    last = FIRST + timedelta(days=DAYS - 1)
    found = evaluated.values(["First day", "Last day", "Engaged sessions", "Window status"])
    kpis = powerbi_world.open().kpis(metrics=["engaged_rate"])
    assert kpis.window is not None
    assert (found["First day"].date(), found["Last day"].date()) == (kpis.window.first, kpis.window.last)
    assert kpis.window.last in (last, last + timedelta(days=1))
    assert (found["Engaged sessions"], found["Window status"]) == (kpis.rows[0]["threshold"], kpis.rows[0]["status"])


def test_a_share_against_the_days_before(powerbi_world: World, evaluated: Evaluated) -> None:
    window = (date(2025, 7, 1), date(2025, 7, 20))
    earlier = (
        powerbi_world.open().kpis(first=date(2025, 6, 11), last=date(2025, 6, 30), metrics=["engaged_rate"]).rows[0]
    )
    found = evaluated.values(["Engaged users", "Engaged users before", "Engaged users change"], slicers(window, {}))
    assert percent(found["Engaged users before"]) == earlier["value"]
    assert found["Engaged users change"] == pytest.approx(found["Engaged users"] - found["Engaged users before"])


def test_nothing_is_said_of_days_to_come(evaluated: Evaluated) -> None:
    found = evaluated.values(["Session adoption"], slicers((date(2025, 11, 1), date(2025, 11, 30)), {}))
    assert found["Session adoption"] is None


def test_stickiness_is_that_of_the_last_day(powerbi_world: World, evaluated: Evaluated) -> None:
    told = powerbi_world.open().kpis(metrics=["stickiness"], first=JUNE[0], last=JUNE[1]).rows[0]["value"]
    assert percent(evaluated.values(["Stickiness"], slicers(JUNE, {}))["Stickiness"]) == told


def test_what_gold_has_of_everybody_is_blank_where_somebody_is_chosen(evaluated: Evaluated) -> None:
    day, names = date(2025, 7, 20), ["Stickiness", "DAU (daily engagement)", "Stickiness before"]
    everybody = evaluated.values(names, slicers((day, day), {}))
    assert None not in everybody.values()
    for name in content.slices():
        chosen = evaluated.values(names, slicers((day, day), {name: ["SE", "mobile", "premium"]}))
        assert [*chosen.values()] == [None] * 3, name


def test_slicers_of_a_table_s_customers_combine_until_too_few_are_left(evaluated: Evaluated) -> None:
    name, at_start, found = "Free at start (conversion)", (JUNE[0], JUNE[0]), []
    chosen: dict[str, list[str]] = {}
    for more in ({}, {"country": ["SE", "Côte d'Ivoire"]}, {"plan": ["free"]}, {"device": ["mobile"]}):
        chosen |= more
        found.append(evaluated.values([name], slicers(at_start, chosen))[name])
    assert found[0] > found[1] > found[2] > found[3] > 0
    few = {"country": ['say "hi"'], "plan": ["student"], "device": ["tv"]}
    assert evaluated.values([name], slicers(at_start, few))[name] is None


def test_a_table_tells_of_no_group_that_is_too_small(evaluated: Evaluated) -> None:
    name, first = "Customers (funnel)", {("Funnel", "Step"): ["signed_up"]}
    values = [row[0] for row in evaluated.tables["By country"]["rows"]]
    found = {v: evaluated.values([name], {**first, ("By country", "Country"): [v]})[name] for v in values}
    everybody = evaluated.values([name], first)[name]
    assert all(number is None or number >= 5 for number in found.values())
    assert found["SE"] < sum(number or 0 for number in found.values()) <= everybody


def test_every_measure_can_be_evaluated(evaluated: Evaluated) -> None:
    visible = [name for name in evaluated.measures if not name.startswith("_")]
    found = evaluated.values(visible, {("Dates", "Date"): days(date(2025, 7, 1), date(2025, 7, 1))})
    assert set(found) == set(visible)
