"""What a reader of the report would stumble over: too much on a page, one thing over another, slicers that differ."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from tests.powerbi.checks import Problem, Project

MOST = 10
"""Visuals of a page, slicers apart."""
LONGEST = 250
"""Characters of an alternative text that Desktop keeps."""
TYPES = {"'": "string", "t": "boolean", "f": "boolean", "d": "dateTime"}
Visuals = list[tuple[Path, dict[str, Any]]]


def page_problems(project: Project) -> Iterator[Problem]:
    """All that is found, as (which check, what)."""
    for page, visuals in _pages(project).items():
        yield from _few(page, visuals)
        yield from _apart(page, visuals)
        yield from _offered(project, page, visuals)
        yield from _obeyed(page, visuals)
    for path, document in project.visuals.items():
        for check in (_named, _asked, _labelled, _said, _counted, _kept):
            yield from check(project, path, document)
    yield from _synced(project)


def fields(document: dict[str, Any], *roles: str) -> list[tuple[str, str]]:
    """The (table, column or measure) that a visual shows in some of its data roles, or in all."""
    state = document["visual"].get("query", {}).get("queryState", {})
    return [_field(each["field"]) for role in roles or state for each in state.get(role, {}).get("projections", ())]


def _field(node: dict[str, Any]) -> tuple[str, str]:
    inner = node.get("Measure") or node.get("Column")
    return (inner["Expression"]["SourceRef"]["Entity"], inner["Property"]) if inner else ("", str([*node]))


def _pages(project: Project) -> dict[str, Visuals]:
    found: dict[str, Visuals] = defaultdict(list)
    for path, document in project.visuals.items():
        found[path.parents[2].name].append((path, document))
    return found


def _is_slicer(document: dict[str, Any]) -> bool:
    return bool(document["visual"]["visualType"] == "slicer")


def _few(page: str, visuals: Visuals) -> Iterator[Problem]:
    number = sum(not _is_slicer(document) for _, document in visuals)
    if number > MOST:
        yield "few", f"{page} has {number} visuals"


def _apart(page: str, visuals: Visuals) -> Iterator[Problem]:
    for (_, one), (_, other) in combinations(visuals, 2):
        a, b = one["position"], other["position"]
        if all(a[at] < b[at] + b[size] and b[at] < a[at] + a[size] for at, size in (("x", "width"), ("y", "height"))):
            yield "apart", f"{one['name']} lies over {other['name']} on {page}"


def _named(_: Project, path: Path, document: dict[str, Any]) -> Iterator[Problem]:
    if document["name"] != path.parent.name:
        yield "named", f"{path.parent.name} is called {document['name']}"


def _asked(_: Project, path: Path, document: dict[str, Any]) -> Iterator[Problem]:
    """Fields go by their own names, each once a role, none added up by the visual; sorted by what is shown."""
    query = document["visual"].get("query", {})
    for role, state in query.get("queryState", {}).items():
        named = [".".join(_field(each["field"])) for each in state["projections"]]
        if named != [each["queryRef"] for each in state["projections"]] or len({*named}) != len(named):
            yield "asked", f"{role} of {path.parent.name}"
    for sort in query.get("sortDefinition", {}).get("sort", ()):
        if _field(sort["field"]) not in fields(document):
            yield "asked", f"{path.parent.name} is sorted by what it does not show"


def _labelled(_: Project, path: Path, document: dict[str, Any]) -> Iterator[Problem]:
    """Smaller numbers stand below a number that is there, with their titles."""
    objects, shown = document["visual"].get("objects", {}), {".".join(field) for field in fields(document)}
    ids = {}
    for name in ("referenceLabel", "referenceLabelTitle"):
        ids[name] = {(each["selector"]["metadata"], each["selector"]["id"]) for each in objects.get(name, ())}
    if ids["referenceLabel"] != ids["referenceLabelTitle"] or {place for place, _ in ids["referenceLabel"]} - shown:
        yield "labelled", path.parent.name


def _text(document: dict[str, Any], part: str, name: str = "text") -> str:
    found = document["visual"].get("visualContainerObjects", {}).get(part, [{}])[0].get("properties", {})
    expression = found.get(name, {}).get("expr", {})
    return str(expression.get("Literal", {}).get("Value", "")).strip("'") or str(
        expression.get("Measure", {}).get("Property", "")
    )


def _said(_: Project, path: Path, document: dict[str, Any]) -> Iterator[Problem]:
    """Read aloud in whole; defined on demand; numbers of the window under what it is, and whether it may change."""
    if len(_text(document, "general", "altText")) > LONGEST:
        yield "said", f"the alternative text of {path.parent.name} is cut off"
    if not _is_slicer(document) and not _text(document, "visualHeaderTooltip"):
        yield "said", f"{path.parent.name} is not defined"
    values, over = fields(document, "Data", "Y"), fields(document, "Category")
    is_of_window = {table for table, _ in values} == {"KPIs"} and ("Dates", "Month") not in over
    if is_of_window and _text(document, "subTitle") != "Window":
        yield "said", f"{path.parent.name} does not say of which days it is"


def _counted(project: Project, path: Path, document: dict[str, Any]) -> Iterator[Problem]:
    """A share that is drawn shows who counts, and of whom, where a pointer rests."""
    tips = {name for _, name in fields(document, "Tooltips")}
    for _, name in fields(document, "Y"):
        parts = {f"{name} numerator", f"{name} denominator"} & {*project.measures["KPIs"]}
        if parts - tips:
            yield "counted", f"{path.parent.name}: {sorted(parts - tips)}"


def _kept(project: Project, path: Path, document: dict[str, Any]) -> Iterator[Problem]:
    for each in document.get("filterConfig", {}).get("filters", ()):
        table, column = _field(each["field"])
        for condition in each["filter"]["Where"]:
            for value in condition["Condition"].get("In", {}).get("Values", ()):
                text = value[0]["Literal"]["Value"]
                kind, wanted = TYPES.get(text[0], "number"), project.columns[table][column]["dataType"]
                if kind != (wanted if wanted in TYPES.values() else "number"):
                    yield "kept", f"{text} of {column} in {path.parent.name}"


def _offered(project: Project, page: str, visuals: Visuals) -> Iterator[Problem]:
    """Where metrics are shown, days and every slice can be chosen; chosen from nothing but what is for that."""
    offered = {table for _, document in visuals if _is_slicer(document) for table, _ in fields(document)}
    for table in offered:
        if table != "Dates" and not table.startswith("By "):
            yield "offered", f"{table} on {page}"
    shown = {table for _, document in visuals if not _is_slicer(document) for table, _ in fields(document)}
    missing = {"Dates", *(name for name in project.tables if name.startswith("By "))} - offered
    if "KPIs" in shown and missing:
        yield "offered", f"{page} has no choice of {sorted(missing)}"


def _obeyed(page: str, visuals: Visuals) -> Iterator[Problem]:
    """Beside slicers of customers, what does not obey them all says so."""
    slicers = [table for _, document in visuals if _is_slicer(document) for table, _ in fields(document)]
    if not any(table.startswith("By ") for table in slicers):
        return
    for path, document in visuals:
        drawn = {table for table, _ in fields(document, "Data", "Y", "Values")} - {"KPIs", *slicers}
        if drawn and "blank where" not in _text(document, "subTitle"):
            yield "obeyed", f"{path.parent.name} on {page}"


def _synced(project: Project) -> Iterator[Problem]:
    """One choice goes for all pages."""
    groups: dict[tuple[str, str], set[Any]] = defaultdict(set)
    for document in project.visuals.values():
        if _is_slicer(document):
            groups[fields(document)[0]].add(document["visual"].get("syncGroup", {}).get("groupName"))
    for field, found in groups.items():
        if len(found) != 1 or None in found:
            yield "synced", f"{field}: {found}"
    if len({next(iter(found)) for found in groups.values()}) != len(groups):
        yield "synced", "two choices are taken for one"
