"""Every measure of the model says what `backbeat kpis` says, or what is in gold: in total, and under slicers together."""

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.powerbi.dax import Evaluated
from tests.powerbi.recount import Case, Recount, percent, same

import backbeat
from backbeat import content
from backbeat.api import Lake
from backbeat.powerbi.metric_dax import title_of
from backbeat.simulate import simulate

JUNE, JULY = (date(2025, 6, 1), date(2025, 6, 30)), (date(2025, 7, 1), date(2025, 7, 31))
LAST_DAY, WHOLE = (date(2025, 8, 31), date(2025, 8, 31)), (date(2025, 1, 1), date(2025, 8, 31))
TOGETHER = {"plan": ["premium", "free"], "country": ["SE", "DE", "GB"], "device": ["mobile", "web"]}
WHERE: dict[str, dict[str, list[str]]] = {
    "everybody": {},
    "a country": {"country": ["SE"]},
    "plan and device": {"plan": ["premium"], "device": ["mobile"]},
    "plan, country and device": TOGETHER,
}
DEMO, SMALL = 12_000, 300

pytestmark = pytest.mark.long


class Measured:
    """A demo lake, its measures in DAX, and what they should be."""

    def __init__(self, folder: Path, customers: int) -> None:
        lake = demo(folder, customers)
        lake.export_powerbi(folder / "powerbi")
        self.right = Recount(lake)
        self.dax = Evaluated(lake, folder / "powerbi" / "Backbeat.SemanticModel" / "definition")
        self.told: dict[tuple[str, str], Any] = {}

    def wrong_metrics(self, case: Case, *, with_before: bool = True) -> list[str]:
        """The metrics' measures that DAX says otherwise."""
        return self._wrong({**self.right.metrics(case, with_before=with_before), **self.right.window(case)}, case)

    def wrong_columns(self, cases: Iterable[Case]) -> list[str]:
        """The tables' measures that DAX says otherwise."""
        return [wrong for case in cases for wrong in self._wrong(self.right.columns(case), case)]

    def broken(self, old: str, new: str) -> "Measured":
        """The same with other measures."""
        other, other.dax, other.told = copy(self), copy(self.dax), {}
        other.dax.measures = {name: dax.replace(old, new) for name, dax in self.dax.measures.items()}
        assert other.dax.measures != self.dax.measures
        return other

    def _wrong(self, wanted: dict[str, object], case: Case) -> list[str]:
        new = [name for name in wanted if (name, repr(case)) not in self.told]
        if new:
            found = self.dax.values(new, case.chosen(self.right.tables))
            self.told |= {(name, repr(case)): value for name, value in found.items()}
        differ = {n: self.told[n, repr(case)] for n, v in wanted.items() if not same(self.told[n, repr(case)], v)}
        return [f"{name}: {found}, not {wanted[name]}" for name, found in differ.items()]


def demo(folder: Path, customers: int) -> Lake:
    """What `backbeat demo` makes, with predictions."""
    simulate(folder / "raw", customers=customers)
    lake = backbeat.open(lake=str(folder / "lake"), raw=str(folder / "raw"))
    lake.run(close=True)
    lake.predict.train()
    lake.predict.score()
    return lake


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return Measured(tmp_path_factory.mktemp("small"), SMALL)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return Measured(tmp_path_factory.mktemp("demo"), DEMO)


QUICK = ("everybody", "plan, country and device")


@pytest.mark.parametrize("where", WHERE)
def test_a_metric_is_what_kpis_says(where: str, small: Measured) -> None:
    """Of everybody over the default days, of others over a month."""
    assert small.wrong_metrics(Case(JULY if WHERE[where] else None, WHERE[where])) == []


@pytest.mark.parametrize("where", WHERE)
def test_a_metric_is_what_kpis_says_of_other_days(where: str, small: Measured) -> None:
    assert small.wrong_metrics(Case(None if WHERE[where] else JULY, WHERE[where])) == []


def cases(right: Recount, where: dict[str, list[str]]) -> Iterator[Case]:
    """All of it, a month, and single rows; of everybody those of two months and of the last day, too."""
    if where:
        yield Case(None, where)
        yield from (Case(window, where, right.sample(window, 1)) for window in (JULY, WHOLE))
        return
    yield from (Case(), Case(JULY))
    yield from (Case(month, where, right.sample(month, nth)) for month in (JUNE, JULY) for nth in (1, 2))
    yield from (Case(LAST_DAY, where, right.sample(LAST_DAY, nth)) for nth in (1, 2, 3))


@pytest.mark.parametrize("where", WHERE)
def test_a_number_of_a_table_is_what_gold_has(where: str, small: Measured) -> None:
    assert small.wrong_columns(cases(small.right, WHERE[where])) == []


def test_what_obeys_the_slicers_was_compared_under_them(small: Measured) -> None:
    assert small.wrong_columns(cases(small.right, TOGETHER)) == []
    obey = [
        table
        for table in small.right.tables.values()
        if any(t.parts_of == f"gold.{table.source}" for t in content.tables().values())
    ]
    seen = {name for (name, case), value in small.told.items() if value is not None and "premium" in case}
    assert {measure.name for table in obey for measure in table.measures} <= seen
    assert len(obey) == 4


def test_every_measure_was_compared(small: Measured) -> None:
    """With a value at least once, unless its table has no rows here."""
    assert small.wrong_columns(cases(small.right, {})) + small.wrong_metrics(Case()) == []
    empty = {table.name for table in small.right.tables.values() if not small.dax.tables[table.name]["rows"]}
    seen = {name for (name, _), value in small.told.items() if value is not None}
    assert {name for name in small.dax.measures if small.dax.homes[name] not in empty and name[0] != "_"} <= seen
    assert empty <= {"Checks", "Quarantine"}


def test_the_last_digit_is_that_of_kpis(small: Measured) -> None:
    metrics = [*content.metrics()]
    told = {row["metric"]: row["value"] for row in small.right.lake.kpis(metrics=metrics).rows}
    titles = {name: title_of(content.metrics()[name]) for name in metrics}
    found = small.dax.values([*titles.values()])
    assert {name: percent(found[title]) for name, title in titles.items()} == told


WRONG_TABLES = {
    "one row less": ("SUM ( 'Track daily'[Plays] )", "SUM ( 'Track daily'[Plays] ) - 1"),
    "the wrong share": ("DIVIDE ( [Completed (artist daily)]", "DIVIDE ( [Skips (artist daily)]"),
    "everybody instead of the kept": ("_kept, TREATAS", "TREATAS"),
    "all rows instead of those chosen": ("SUMMARIZE ( 'Retention weekly'", "SUMMARIZE ( ALL ( 'Retention weekly' )"),
    "too few customers": (">= [Minimum group]", ">= 0"),
}
WRONG_METRICS = {
    "a plan that has ended": ("'Plan periods'[To date] >= _last + 1", "'Plan periods'[To date] >= _last - 60"),
    "other days before": ("VAR _begin = _first - _days", "VAR _begin = _first - _days - 5"),
    "not the last day": ("'Daily engagement'[Activity date] = _last", "'Daily engagement'[Activity date] = _last - 1"),
}


@pytest.mark.parametrize("what", WRONG_TABLES)
def test_a_table_s_measure_that_is_wrong_is_found(what: str, small: Measured) -> None:
    chosen = {"everybody": WHOLE, "plan, country and device": WHOLE, "a country": JULY}
    cases = [Case(days, WHERE[where], small.right.sample(days, 1)) for where, days in chosen.items()]
    assert small.broken(*WRONG_TABLES[what]).wrong_columns(cases) != []


@pytest.mark.parametrize("what", WRONG_METRICS)
def test_a_metric_s_measure_that_is_wrong_is_found(what: str, small: Measured) -> None:
    assert small.broken(*WRONG_METRICS[what]).wrong_metrics(Case()) != []


@pytest.mark.parametrize("where", QUICK)
def test_so_it_is_in_the_whole_demo(where: str, whole: Measured) -> None:
    """Of 12,000 customers; the days just before are compared in the small lake alone."""
    case = Case(JULY, WHERE[where]) if WHERE[where] else Case()
    assert whole.wrong_metrics(case, with_before=False) == []
    rows = Case(JULY, WHERE[where], whole.right.sample(JULY, 1))
    assert whole.wrong_columns([rows] if WHERE[where] else [case, rows]) == []
