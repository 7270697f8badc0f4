"""A project passes every layer whatever its source and its lake; and what is broken on purpose is found."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.conftest import World
from tests.powerbi.conftest import clear
from tests.powerbi.lakes import LAKES
from tests.powerbi.layers import all_problems
from tests.powerbi.pages import MOST, fields

from backbeat import content
from backbeat.powerbi.connect import DEFAULTS, SOURCES
from backbeat.powerbi.names import short_id


@pytest.mark.parametrize("source", [s if s == "local" else pytest.param(s, marks=pytest.mark.long) for s in SOURCES])
def test_no_layer_finds_anything(source: str, powerbi_world: World, tmp_path: Path) -> None:
    powerbi_world.open().export_powerbi(tmp_path, source=source)
    assert all_problems(tmp_path) == []


ODD = 'C:\\Über "uns" #(tab)\\日本'


@pytest.mark.long
@pytest.mark.parametrize("kind", [*LAKES])
def test_no_layer_finds_anything_in_odd_lakes(kind: str, new_world: Callable[..., World], tmp_path: Path) -> None:
    world = new_world()
    LAKES[kind](world)
    world.run()
    for source in SOURCES:
        place = {name: ODD for name in DEFAULTS[source] if name != "RowLimit"}
        world.open().export_powerbi(tmp_path / source, source=source, **place)
        assert all_problems(tmp_path / source, is_deep=source == "local") == [], source


@pytest.mark.parametrize("source", [s if s == "adls" else pytest.param(s, marks=pytest.mark.long) for s in SOURCES])
def test_no_layer_finds_anything_in_odd_names(
    source: str, powerbi_world: World, lakehouse: Path, tmp_path: Path
) -> None:
    odd = 'Who\'s "in" [so far], 50 % / 日本 & Ærø?'
    for path in ("metrics/engaged_rate.yml", "metrics/stickiness.yml", "pages/overview.yml"):
        name = f"{odd} {path}"
        told = yaml.safe_load((lakehouse / path).read_text("utf-8"))
        (lakehouse / path).write_text(yaml.safe_dump({**told, **dict.fromkeys(("title", "question"), name)}), "utf-8")
    clear()
    powerbi_world.open().export_powerbi(tmp_path, source=source)
    assert all_problems(tmp_path, is_deep=source == "local") == []
    pages = [json.loads(p.read_text("utf-8")) for p in tmp_path.glob("*.Report/definition/pages/*/page.json")]
    assert f"{odd} pages/overview.yml" in {page["displayName"] for page in pages}


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


def _each(change: Callable[[Any], Any], page: str = "overview") -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        for path in folder.glob(f"Backbeat.Report/definition/pages/{short_id('page', page)}/visuals/*/visual.json"):
            document = json.loads(path.read_text("utf-8"))
            change(document)
            path.write_text(json.dumps(document), "utf-8")

    return apply


def _filter_of_text(folder: Path) -> None:
    (place,) = folder.glob(f"Backbeat.Report/definition/pages/{short_id('page', 'retention')}")
    changed_ = 0
    for path in place.glob("visuals/*/visual.json"):
        text = path.read_text("utf-8")
        if "filterConfig" in text:
            path.write_text(text.replace('"Value": "false"\n', '"Value": "\'false\'"\n'), "utf-8")
            changed_ += text != path.read_text("utf-8")
    assert changed_


def _without_days(folder: Path) -> None:
    (path,) = (
        p for p in folder.glob(f"{OVERVIEW}/visuals/*/visual.json") if '"groupName": "dates"' in p.read_text("utf-8")
    )
    shutil.rmtree(path.parent)


def _many(folder: Path) -> None:
    chart = next(
        p for p in sorted(folder.glob(f"{OVERVIEW}/visuals/*/visual.json")) if "barChart" in p.read_text("utf-8")
    )
    for number in range(9):
        shutil.copytree(chart.parent, chart.parents[1] / f"{number:020}")


_without_subtitles = _each(lambda d: d["visual"]["visualContainerObjects"].pop("subTitle", None))


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
    "a column renamed at refresh": (changed(CUSTOMER_DAY, '{"sessions", "Sessions"}', '{"sessions", "Visits"}'), "produced"),
    "a column of another type at refresh": (changed(CUSTOMER_DAY, '{"Sessions", Int64.Type}', '{"Sessions", type text}'), "produced"),
    "a column that is not chosen": (changed(CUSTOMER_DAY, 'Table.SelectColumns(Source, {"customer_key", ', "Table.SelectColumns(Source, {"), "produced"),
    "a table that the lake has not": (changed(CUSTOMER_DAY, 'star_customer_day"', 'star_customer_days"'), "reached"),
    "a function that M has not": (changed(CUSTOMER_DAY, "Table.SelectColumns", "Table.ChooseColumns"), "spelled"),
    "a parameter that is not there": (changed(CUSTOMER_DAY, "LakeFolder", "LakeFoldr"), "spelled"),
    "a parameter that nobody can set": (changed(f"{MODEL}/expressions.tmdl", "IsParameterQuery = true", "IsParameterQuery = false"), "parameters"),
    "two connectors": (changed(CUSTOMER_DAY, "Folder.Contents(LakeFolder &", "AzureStorage.DataLake(LakeFolder &"), "connector"),
    "two relationships of one column": (changed(f"{MODEL}/relationships.tmdl", "relationship ", "relationship 11111111-1111-5111-8111-111111111111\n\tfromColumn: 'Customer day'.'Activity date'\n\ttoColumn: Dates.Date\n\nrelationship "), "model"),
    "a measure that stands on itself": (changed(KPIS, "DIVIDE ( [Engaged users numerator]", "DIVIDE ( [Engaged users change]"), "circles"),
    "a helper that is seen": (changed(KPIS, "\t\tisHidden\n\t\tdisplayFolder: Helpers", "\t\tdisplayFolder: Helpers"), "hidden"),
    "customers that are seen": (changed(f"{MODEL}/tables/Customers.tmdl", "table Customers\n\tisHidden\n", "table Customers\n"), "hidden"),
    "a share as a whole number": (changed(KPIS, "#,0.0%;-#,0.0%;#,0.0%", "#,0"), "percent"),
    "one visual over another": (visual(lambda d: d["position"].update(y=16)), "apart"),
    "a visual beside the page": (visual(lambda d: d["position"].update(x=900)), "report"),
    "a visual called otherwise": (visual(lambda d: d.update(name="abc")), "named"),
    "an order by what is not shown": (visual(lambda d: d["visual"]["query"]["sortDefinition"]["sort"][0]["field"]["Column"].update(Property="Year")), "asked"),
    "a field by another's name": (visual(lambda d: d["visual"]["query"]["queryState"]["Y"]["projections"][0].update(queryRef="KPIs.Nothing")), "asked"),
    "a number that the visual adds up": (visual(lambda d: d["visual"]["query"]["queryState"]["Y"]["projections"][0].update(field={"Aggregation": {"Expression": {"Column": {"Expression": {"SourceRef": {"Entity": "Customer day"}}, "Property": "Sessions"}}, "Function": 0}})), "asked"),
    "a change below no value": (visual(lambda d: d["visual"]["objects"]["referenceLabel"][0]["selector"].update(metadata="KPIs.Nothing"), "cardVisual"), "labelled"),
    "words that are cut off": (visual(lambda d: d["visual"]["visualContainerObjects"]["general"][0]["properties"]["altText"]["expr"]["Literal"].update(Value=f"'{'x' * 300}'")), "said"),
    "numbers of no window": (visual(lambda d: d["visual"]["visualContainerObjects"].pop("subTitle"), "cardVisual"), "said"),
    "a visual that nobody defines": (visual(lambda d: d["visual"]["visualContainerObjects"].pop("visualHeaderTooltip")), "said"),
    "a share without its parts": (visual(lambda d: d["visual"]["query"]["queryState"].pop("Tooltips"), "barChart"), "counted"),
    "a filter of another type": (_filter_of_text, "kept"),
    "a slicer that goes its own way": (visual(lambda d: d["visual"].pop("syncGroup"), "slicer"), "synced"),
    "two slicers taken for one": (visual(lambda d: d["visual"]["syncGroup"].update(groupName="dates" if d["visual"]["syncGroup"]["groupName"] != "dates" else "plan"), "slicer"), "synced"),
    "a slicer over other rows": (visual(lambda d: d["visual"]["query"]["queryState"]["Values"]["projections"][0].update(field={"Column": {"Expression": {"SourceRef": {"Entity": "KPIs"}}, "Property": "Slice value"}}), "slicer"), "offered"),
    "no choice of days": (_without_days, "offered"),
    "a chart that ignores a slicer in silence": (_without_subtitles, "obeyed"),
    "too much on a page": (_many, "few"),
}  # fmt: skip


FIRST = {layer: name for name, (_, layer) in reversed(BREAKAGES.items())}
"""One breakage for each layer that finds some."""


@pytest.mark.parametrize(
    "name", [n if n in FIRST.values() else pytest.param(n, marks=pytest.mark.long) for n in BREAKAGES]
)
def test_what_is_broken_is_found(name: str, project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "p")
    change, layer = BREAKAGES[name]
    change(tmp_path / "p")
    found = all_problems(tmp_path / "p", is_deep=layer == "report")
    assert layer in {where for where, _ in found}, found


def test_a_target_stands_below_the_value_where_a_metric_sets_one(
    powerbi_world: World, lakehouse: Path, tmp_path: Path
) -> None:
    path = lakehouse / "metrics/engaged_rate.yml"
    path.write_text(f"{path.read_text('utf-8')}\ntarget: 60\n", "utf-8")
    clear()
    powerbi_world.open().export_powerbi(tmp_path)
    assert all_problems(tmp_path) == []
    (card,) = (d for d in documents(tmp_path, "overview") if d["visual"]["visualType"] == "cardVisual")
    below = [
        each["properties"]["value"]["expr"]["Measure"]["Property"]
        for each in card["visual"]["objects"]["referenceLabel"]
    ]
    assert below == ["Session adoption change", "Engaged users change", "Engaged users target", "Paid share change"]


def test_a_page_has_at_most_ten_visuals_beside_its_slicers(project: Path) -> None:
    counts = {
        name: sum(d["visual"]["visualType"] != "slicer" for d in documents(project, name)) for name in content.pages()
    }
    assert max(counts.values()) <= MOST == 10, counts
    assert counts["overview"] == 5


def test_what_does_not_obey_the_slicers_says_so(project: Path) -> None:
    said = {name: " ".join(json.dumps(d) for d in documents(project, name)) for name in content.pages()}
    chosen = "Of the customers chosen; blank where they are too few."
    assert all(chosen in said[name] for name in ("retention", "features", "paid"))
    assert "Of everybody; blank where country, device or plan is chosen." in said["overview"]
    assert not any("blank where" in said[name] for name in ("content", "live", "data_quality"))


def test_where_a_pointer_rests_stand_the_parts_of_what_is_drawn(project: Path) -> None:
    tips = {
        title: {name for _, name in fields(d, "Tooltips")}
        for page in content.pages()
        for d in documents(project, page)
        if (title := d["visual"]["visualContainerObjects"]["title"][0]["properties"].get("text", {}).get("expr", {}).get("Literal", {}).get("Value"))
    }  # fmt: skip
    assert tips["'Conversion: free customers who began to pay'"] == {
        "Converted (conversion)",
        "Free at start (conversion)",
    }
    assert tips["'Plays heard to the end'"] == {"Completed (artist daily)", "Plays (artist daily)"}
    assert tips["'Engaged users by plan'"] == {"Engaged users numerator", "Engaged users denominator"}
    months = tips["'Session adoption, Engaged users and Paid share by month'"]
    assert {"Window status", "Paid share numerator"} <= months
    assert len(months) == 7


def documents(folder: Path, page: str) -> list[Any]:
    place = folder / "Backbeat.Report/definition/pages" / short_id("page", page)
    return [json.loads(p.read_text("utf-8")) for p in sorted(place.glob("visuals/*/visual.json"))]


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
