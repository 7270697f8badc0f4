"""What no tool of Microsoft's looks at: that visuals show what there is, that DAX names what there is, and good practice."""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.powerbi.toolchain import PACKAGES

Problem = tuple[str, str]
FORMATS = {"#,0", "#,0.0", "#,0.0%;-#,0.0%;#,0.0%", "yyyy-mm-dd"}
ALONE = (
    "By ",
    "KPIs",
    "Batches",
    "Checks",
    "Quarantine",
    "Sessions histogram",
    "Prediction",
    "Activity scores",
    "Alerts",
)
"""Tables that hang together with nothing: what is chosen from, and what is not about days."""
TOKEN = re.compile(r"""\"(?:[^\"]|\"\")*\"|(?:'((?:[^']|'')+)'|([A-Za-z_]\w*))?\[((?:[^\]]|\]\])+)\]""")
"""A text, or a name with its table where there is one."""


class Project:
    """An exported folder, and its model as TOM wrote it down."""

    def __init__(self, folder: Path, bim: Path) -> None:
        self.folder = folder
        self.model: dict[str, Any] = json.loads(bim.read_text("utf-8"))["model"]
        self.tables = {table["name"]: table for table in self.model["tables"]}
        self.columns = {name: {c["name"]: c for c in t.get("columns", ())} for name, t in self.tables.items()}
        self.measures = {name: {m["name"]: m for m in t.get("measures", ())} for name, t in self.tables.items()}
        self.links = self.model.get("relationships", [])

    @cached_property
    def documents(self) -> dict[Path, Any]:
        found = sorted(self.folder.glob("*.Report/definition/**/*.json"))
        return {path: json.loads(path.read_text("utf-8")) for path in found}

    @cached_property
    def visuals(self) -> dict[Path, Any]:
        return {path: document for path, document in self.documents.items() if path.name == "visual.json"}


def problems(project: Project) -> list[Problem]:
    """All that is found, as (which check, what)."""
    checks = (
        _path,
        _bindings,
        _raw,
        _told,
        _dax,
        _names,
        _formats,
        _keys,
        _links,
        _columns,
        _calendar,
        _sorted,
        _roles,
    )
    return [problem for check in checks for problem in check(project)]


def _path(project: Project) -> Iterator[Problem]:
    for report in project.folder.glob("*.Report/definition.pbir"):
        place = json.loads(report.read_text("utf-8"))["datasetReference"]["byPath"]["path"]
        if not ((report.parent / place).resolve() / "definition" / "model.tmdl").is_file():
            yield "path", place


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


def _bindings(project: Project) -> Iterator[Problem]:
    for path, document in project.documents.items():
        for node in _walk(document):
            for kind, known in (("Column", project.columns), ("Measure", project.measures)):
                inner = node.get(kind)
                table = (
                    inner.get("Expression", {}).get("SourceRef", {}).get("Entity") if isinstance(inner, dict) else None
                )
                if table and inner["Property"] not in known.get(table, {}):
                    yield "binding", f"{table}[{inner['Property']}] in {path.parent.name}"


def _raw(project: Project) -> Iterator[Problem]:
    for path, document in project.documents.items():
        for node in _walk(document):
            for name, value in (
                (node.get("properties") or {}).items() if isinstance(node.get("properties"), dict) else ()
            ):
                if not isinstance(value, (dict, list)):
                    yield "raw", f"{name} = {value} in {path.parent.name}"


def _told(project: Project) -> Iterator[Problem]:
    """Every visual says in words what it shows, and is reached in one order."""
    orders: dict[Path, list[int]] = {}
    for path, document in project.visuals.items():
        general = document["visual"].get("visualContainerObjects", {}).get("general", [{}])[0].get("properties", {})
        if not general.get("altText", {}).get("expr", {}).get("Literal", {}).get("Value", "").strip("'. "):
            yield "told", path.parent.name
        orders.setdefault(path.parents[2], []).append(document["position"]["tabOrder"])
    for page, order in orders.items():
        if len(set(order)) != len(order):
            yield "told", f"two visuals of {page.name} have one place in the order"


def _roles(project: Project) -> Iterator[Problem]:
    for path, document in project.visuals.items():
        if not any(role["projections"] for role in document["visual"].get("query", {}).get("queryState", {}).values()):
            yield "roles", f"{path.parent.name} shows nothing"


def _dax(project: Project) -> Iterator[Problem]:
    for measure in (m for found in project.measures.values() for m in found.values()):
        text = _text(measure["expression"])
        yield from (
            ("dax", f"{measure['name']}: {what}")
            for what in (*_syntax(text), *_references(project, text), *_style(text))
        )


@cache
def _syntax(text: str) -> tuple[str, ...]:
    """Kept, for the parser takes up to a second a text."""
    if str(PACKAGES) not in sys.path:
        sys.path.insert(0, str(PACKAGES))
    from pbi_parsers import dax

    try:
        return () if dax.to_ast(_plainly(text) if "]]" in text else text) is not None else ("no expression",)
    except Exception as error:
        return (f"can't be read: {type(error).__name__}",)


def names_in(dax: str) -> Iterator[tuple[str, str]]:
    """The (table or nothing, column or measure) that an expression names."""
    for found in TOKEN.finditer(dax):
        if found[3]:
            yield (found[1] or found[2] or "").replace("''", "'"), found[3].replace("]]", "]")


def _plainly(dax: str) -> str:
    """The same with texts and names that hold nothing odd."""
    return TOKEN.sub(lambda found: f"{found[0].partition('[')[0]}[x]" if found[3] else '""', dax)


def _references(project: Project, text: str) -> Iterator[str]:
    names = {name for found in project.measures.values() for name in found}
    for table, inner in names_in(text):
        if not table and inner not in names and not inner.startswith("@"):
            yield f"[{inner}] is no measure"
        if table and table not in project.tables:
            yield f"there is no table {table}"
        elif table and inner not in project.columns[table]:
            yield f"{table} has no column {inner}"


def _style(text: str) -> Iterator[str]:
    plain = _plainly(text)
    if "/" in plain:
        yield "divides without DIVIDE"
    if re.search(r"\bIFERROR\b", plain, re.IGNORECASE):
        yield "hides errors"


def _names(project: Project) -> Iterator[Problem]:
    counted = Counter(name.lower() for found in project.measures.values() for name in found)
    yield from (("names", f"two measures are called {name}") for name, times in counted.items() if times > 1)
    for table, found in project.measures.items():
        columns = {name.lower() for name in project.columns[table]}
        yield from (("names", f"{name} is a column, too") for name in found if name.lower() in columns)
    texts = Counter(_text(m["expression"]).strip() for found in project.measures.values() for m in found.values())
    yield from (("names", f"two measures say {text[:60]}") for text, times in texts.items() if times > 1)


def _formats(project: Project) -> Iterator[Problem]:
    for measure in (m for found in project.measures.values() for m in found.values()):
        is_text = measure["name"] in TEXTS
        if measure.get("formatString") not in ({None} if is_text else FORMATS):
            yield "formats", f"{measure['name']}: {measure.get('formatString')}"
        if not measure.get("description") or not measure.get("displayFolder"):
            yield "described", measure["name"]


TEXTS = {"Window", "Window status", "_country", "_device", "_plan"}


def _keys(project: Project) -> Iterator[Problem]:
    for link in project.links:
        many = project.columns[link["fromTable"]][link["fromColumn"]]
        one = project.columns[link["toTable"]][link["toColumn"]]
        if not one.get("isKey"):
            yield "keys", f"{link['toTable']}[{link['toColumn']}] is not marked as a key"
        if link["fromColumn"].endswith("key") and not many.get("isHidden"):
            yield "keys", f"{link['fromTable']}[{link['fromColumn']}] is seen"
    for table, columns in project.columns.items():
        if "customer_id" in {column.get("sourceColumn") for column in columns.values()} or "Customer ID" in columns:
            yield "keys", f"{table} says who it is"


def _links(project: Project) -> Iterator[Problem]:
    many = {link["fromTable"] for link in project.links}
    for link in project.links:
        if link.get("crossFilteringBehavior") == "bothDirections":
            yield "links", f"{link['fromTable']} filters {link['toTable']}"
        if link["toTable"] in many:
            yield "links", f"{link['toTable']} is one side and many"
    linked = many | {link["toTable"] for link in project.links}
    for table in project.tables:
        if table not in linked and not table.startswith(ALONE):
            yield "links", f"{table} hangs together with nothing"


def _columns(project: Project) -> Iterator[Problem]:
    for table, columns in project.columns.items():
        if not project.tables[table].get("description"):
            yield "described", table
        parts = project.tables[table].get("partitions", [])
        if [part["name"] for part in parts] != [table]:
            yield "columns", f"{table} has not the one partition of its name"
        for name, column in columns.items():
            if column.get("summarizeBy") != "none":
                yield "columns", f"{table}[{name}] is added up by itself"
            if not column.get("description"):
                yield "described", f"{table}[{name}]"
            if not column.get("sourceColumn"):
                yield "columns", f"{table}[{name}] has no source"
            if column.get("isHidden") and column.get("isAvailableInMdx", True):
                yield "columns", f"{table}[{name}] is hidden and kept for Excel"


def _calendar(project: Project) -> Iterator[Problem]:
    marked = [t for t in project.tables.values() if t.get("dataCategory") == "Time"]
    if len(marked) != 1 or not any(c.get("isKey") and c["dataType"] == "dateTime" for c in marked[0]["columns"]):
        yield "calendar", "no table is marked as the calendar"
    notes = {note["name"]: note["value"] for note in project.model.get("annotations", ())}
    if notes.get("__PBI_TimeIntelligenceEnabled") != "0":
        yield "calendar", "Power BI makes calendars of its own"
    if not project.model.get("discourageImplicitMeasures"):
        yield "calendar", "implicit measures are on"


def _sorted(project: Project) -> Iterator[Problem]:
    for table, columns in project.columns.items():
        for name, column in columns.items():
            if name.endswith("name") and table == "Dates" and not column.get("sortByColumn"):
                yield "sorted", f"{table}[{name}]"


def _text(expression: str | list[str]) -> str:
    return "\n".join(expression) if isinstance(expression, list) else expression
