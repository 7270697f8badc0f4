"""A project passes every layer whatever its source and its lake; and what is broken on purpose is found."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World
from tests.powerbi.conftest import write_world
from tests.powerbi.layers import all_problems

from backbeat import content
from backbeat.powerbi.connect import SOURCES
from backbeat.powerbi.names import short_id


@pytest.mark.parametrize("source", [s if s == "local" else pytest.param(s, marks=pytest.mark.long) for s in SOURCES])
def test_no_layer_finds_anything(source: str, powerbi_world: World, tmp_path: Path) -> None:
    powerbi_world.open().export_powerbi(tmp_path, source=source)
    assert all_problems(tmp_path) == []


@pytest.mark.long
@pytest.mark.parametrize("kind", ["no sessions", "one customer", "a place with odd letters"])
def test_no_layer_finds_anything_in_odd_lakes(kind: str, new_world: Callable[..., World], tmp_path: Path) -> None:
    world = new_world()
    world.customers("a") if kind != "a place with odd letters" else write_world(world, random.Random(1), 6)
    if kind == "one customer":
        world.sessions(("s1", "a", "2025-07-01T10:00:00Z"))
    world.run()
    world.open().export_powerbi(tmp_path, LakeFolder='C:\\Über "uns" #(tab)\\日本')
    assert all_problems(tmp_path) == []


MODEL = "Backbeat.SemanticModel/definition"
DAYS = f"{MODEL}/tables/Daily engagement.tmdl"
KPIS = f"{MODEL}/tables/KPIs.tmdl"
CUSTOMER_DAY = f"{MODEL}/tables/Customer day.tmdl"
OVERVIEW = f"Backbeat.Report/definition/pages/{short_id('page', 'overview')}"


def changed(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / path
        text = file.read_text("utf-8")
        assert old in text, f"{old} is not in {path}"
        file.write_text(text.replace(old, new, 1), "utf-8")

    return change


def visual(change: Callable[[Any], None], kind: str = "lineChart") -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        for path in sorted(folder.glob(f"{OVERVIEW}/visuals/*/visual.json")):
            document = json.loads(path.read_text("utf-8"))
            if document["visual"]["visualType"] == kind:
                change(document)
                path.write_text(json.dumps(document), "utf-8")
                return
        raise AssertionError(f"there is no {kind}")

    return apply


def _field(document: Any) -> Any:
    return document["visual"]["query"]["queryState"]["Y"]["projections"][0]["field"]["Measure"]


BREAKAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a word that TMDL has not": (changed(DAYS, "\t\tisHidden", "\t\tisHiden"), "model"),
    "a type that there is not": (changed(DAYS, "dataType: int64", "dataType: int63"), "model"),
    "a table that is not there": (changed(f"{MODEL}/model.tmdl", "ref table Customers", "ref table Consumers"), "canonical"),
    "a relationship to no column": (changed(f"{MODEL}/relationships.tmdl", "toColumn: Dates.Date", "toColumn: Dates.Day"), "model"),
    "a relationship of two types": (changed(CUSTOMER_DAY, "dataType: int64", "dataType: string"), "model"),
    "lines in another order": (changed(DAYS, "\t\tdataType: int64\n\t\tisHidden\n", "\t\tisHidden\n\t\tdataType: int64\n"), "canonical"),
    "a bracket too few": (changed(KPIS, "DIVIDE ( ", "DIVIDE  "), "dax"),
    "a measure that is not there": (changed(KPIS, "[Engaged users numerator]", "[Engaged users counter]"), "dax"),
    "a column that is not there": (changed(KPIS, "'Customer day'[Sessions]", "'Customer day'[Visits]"), "dax"),
    "a table that DAX has not": (changed(KPIS, "'Customer day'[Sessions]", "'Customer days'[Sessions]"), "dax"),
    "a division by hand": (changed(DAYS, "DIVIDE ( [DAU (daily engagement)], [MAU (daily engagement)] )", "[DAU (daily engagement)] / [MAU (daily engagement)]"), "dax"),
    "a measure named like a column": (changed(DAYS, "measure 'DAU (daily engagement)'", "measure dau"), "names"),
    "no format": (changed(KPIS, "\t\tformatString: #,0.0%;-#,0.0%;#,0.0%\n", ""), "formats"),
    "percent of another form": (changed(KPIS, "#,0.0%;-#,0.0%;#,0.0%", "0.00%"), "formats"),
    "no description": (changed(DAYS, "\t/// Known customers with a session on the day.\n", ""), "described"),
    "numbers added up by themselves": (changed(DAYS, "summarizeBy: none", "summarizeBy: sum"), "columns"),
    "a column without a source": (changed(DAYS, "\t\tsourceColumn: DAU\n", ""), "columns"),
    "a filter both ways": (changed(f"{MODEL}/relationships.tmdl", "\tfromColumn", "\tcrossFilteringBehavior: bothDirections\n\tfromColumn"), "links"),
    "no calendar": (changed(f"{MODEL}/tables/Dates.tmdl", "\tdataCategory: Time\n", ""), "calendar"),
    "implicit measures": (changed(f"{MODEL}/model.tmdl", "\tdiscourageImplicitMeasures\n", ""), "calendar"),
    "calendars of its own": (changed(f"{MODEL}/model.tmdl", "Enabled = 0", "Enabled = 1"), "calendar"),
    "a key that is not marked": (changed(f"{MODEL}/tables/Customers.tmdl", "\t\tisKey\n", ""), "keys"),
    "a query cut short": (changed(DAYS, "\t\t\t\tin\n", ""), "query"),
    "a bracket in a query": (changed(DAYS, "Table.SelectColumns(Source, {", "Table.SelectColumns(Source, "), "query"),
    "a model that is elsewhere": (changed("Backbeat.Report/definition.pbir", "../Backbeat", "../Backbeats"), "path"),
    "a visual of no measure": (visual(lambda d: _field(d).update(Property="Nothing")), "binding"),
    "a visual of no table": (visual(lambda d: _field(d)["Expression"]["SourceRef"].update(Entity="Nowhere")), "binding"),
    "a constant that is no expression": (visual(lambda d: d["visual"]["objects"]["legend"][0]["properties"].update(show=False)), "raw"),
    "a visual without words": (visual(lambda d: d["visual"]["visualContainerObjects"].pop("general")), "told"),
    "a visual without fields": (visual(lambda d: d["visual"]["query"].update(queryState={})), "roles"),
    "two visuals at one place in the order": (visual(lambda d: d["position"].update(tabOrder=0)), "told"),
    "a kind of visual that there is not": (visual(lambda d: d["visual"].update(visualType="lineChrt")), "report"),
    "a role that the visual has not": (visual(lambda d: d["visual"]["query"]["queryState"].update(Q=d["visual"]["query"]["queryState"].pop("Y"))), "report"),
    "a slicer too low to be read": (visual(lambda d: d["position"].update(height=40), "slicer"), "report"),
    "a page that is not there": (changed("Backbeat.Report/definition/pages/pages.json", short_id("page", "paid"), short_id("page", "unpaid")), "report"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKAGES)
def test_what_is_broken_is_found(name: str, project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "p")
    change, layer = BREAKAGES[name]
    change(tmp_path / "p")
    found = all_problems(tmp_path / "p", is_deep=layer == "report")
    assert layer in {where for where, _ in found}, found


def test_every_page_and_metric_is_there(project: Path) -> None:
    pages = {
        json.loads(p.read_text("utf-8"))["displayName"]
        for p in project.glob("Backbeat.Report/definition/pages/*/page.json")
    }
    assert pages == {page.title for page in content.pages().values()}
    measures = (project / KPIS).read_text("utf-8") + (project / DAYS).read_text("utf-8")
    assert all(metric.title in measures for metric in content.metrics().values())


def test_nobody_can_be_recognised(project: Path) -> None:
    texts = [path.read_text("utf-8") for path in project.rglob("*.tmdl")]
    assert not any(word in text for text in texts for word in ("customer_id", "raw_row"))
