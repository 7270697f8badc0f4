"""What would fail, or come out wrong, when the model is refreshed or its measures are asked: M, parameters, and who knows whom."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.powerbi.checks import Problem, Project, names_in

from backbeat import content
from backbeat.lake import schemas

KNOWN = {
    "AzureStorage.DataLake", "Databricks.Catalogs", "DateTimeZone.RemoveZone", "DateTimeZone.ToUtc", "DeltaLake.Table",
    "DeltaSharing.Contents", "Folder.Contents", "Int64.Type", "List.Min", "Number.FromText", "Number.RoundDown", "Odbc.Query",
    "Table.AddColumn", "Table.RenameColumns", "Table.SelectColumns", "Table.SelectRows", "Table.TransformColumnTypes",
    "Table.TransformColumns", "Text.Combine",
}  # fmt: skip
"""Functions and types of M, as Microsoft's reference spells them."""
WORDS = {
    "_", "and", "as", "datetime", "datetimezone", "date", "each", "else", "false", "if", "in",
    "is", "let", "list", "logical", "null", "number", "or", "table", "text", "then", "true", "type",
}  # fmt: skip
TYPES = {
    "type text": "string", "Int64.Type": "int64", "type number": "double", "type logical": "boolean", "type date": "dateTime",
    "type datetime": "dateTime",
}  # fmt: skip
PERCENT = "#,0.0%;-#,0.0%;#,0.0%"
STRING = re.compile(r'"(?:[^"]|"")*"')
PAIR = re.compile(r'\{"((?:[^"]|"")*)", ([^{}]+?)\}')
PLACES = (
    re.compile(r"[\\/](gold|ops)[\\/](\w+)[\"')]"),
    re.compile(r'Name = "(gold|ops)".*?Name = "(\w+)"', re.DOTALL),
)


def refresh_problems(project: Project) -> Iterator[Problem]:
    """All that is found, as (which check, what)."""
    parameters = {each["name"]: _text(each["expression"]) for each in project.model.get("expressions", ())}
    for name, text in parameters.items():
        if "IsParameterQuery = true" not in text:
            yield "parameters", f"{name} can't be set"
    queries = {name: _text(table["partitions"][0]["source"]["expression"]) for name, table in project.tables.items()}
    for name, query in queries.items():
        yield from _produced(project, name, query)
        yield from _reached(name, query)
        yield from _spelled(name, query, {*parameters})
    yield from _one_connector(queries, parameters)
    yield from _hidden(project)
    yield from _percent(project)
    yield from _circles(project)


def _produced(project: Project, table: str, query: str) -> Iterator[Problem]:
    """The columns that a query chooses, renames and types are those of the model."""
    columns = project.columns[table].values()
    chosen = STRING.findall(_step(query, "Chosen").partition("{")[2])
    renamed = {new.strip('"'): f'"{old}"' for old, new in PAIR.findall(_step(query, "Renamed"))}
    typed = {name: TYPES.get(kind) for name, kind in PAIR.findall(_step(query, "Typed"))}
    wanted = {column["sourceColumn"]: column["dataType"] for column in columns if "sourceColumn" in column}
    if sorted(renamed.values()) != sorted(chosen) or typed != wanted or {*renamed} != {*wanted}:
        yield "produced", table


def _step(query: str, name: str) -> str:
    found = re.search(rf"^\s*{name} = (.*)$", query, re.MULTILINE)
    return found[1] if found else ""


def _reached(table: str, query: str) -> Iterator[Problem]:
    known = {*(("gold", name) for name in content.tables()), *(tuple(name.split(".")) for name in schemas.OPS)}
    if not any((found := place.search(query)) and found.groups() in known for place in PLACES):
        yield "reached", f"{table} is read from no table of the lake"


def _spelled(table: str, query: str, parameters: set[str]) -> Iterator[Problem]:
    bare = STRING.sub('""', query)
    steps = set(re.findall(r"^\s*(\w+) = ", bare, re.MULTILINE))
    functions = set(re.findall(r"\b[A-Z]\w*(?:\.\w+)+", bare))
    names = set(re.findall(r"(?<![\w.\[#])[A-Za-z_]\w*(?![\w.]|\s*=)", re.sub(r"\[\w+\]", "", bare)))
    for unknown in (functions - KNOWN) | (names - WORDS - steps - parameters):
        yield "spelled", f"{unknown} in {table}"


def _one_connector(queries: Mapping[str, str], parameters: Mapping[str, str]) -> Iterator[Problem]:
    """One way to the data, by every parameter that there is."""
    ways = {" ".join(re.findall(r"\b[A-Z]\w*\.\w+", _to_source(query))) for query in queries.values()}
    if len(ways) != 1:
        yield "connector", f"{len(ways)} ways: {sorted(ways)}"
    yield from (
        ("parameters", f"{name} is not used")
        for name in parameters
        if not any(name in query for query in queries.values())
    )


def _to_source(query: str) -> str:
    before, _, after = query.partition("Source = ")
    return STRING.sub('""', before + after.partition("\n")[0])


def _hidden(project: Project) -> Iterator[Problem]:
    for table, found in project.measures.items():
        yield from (
            ("hidden", f"{name} is seen")
            for name, m in found.items()
            if (name.startswith("_") or m.get("displayFolder") == "Helpers") and not m.get("isHidden")
        )
        keys = {"Customer key"} & {*project.columns[table]}
        if keys and not project.tables[table].get("isHidden"):
            yield "hidden", f"{table} has a row a customer, and is seen"


def _percent(project: Project) -> Iterator[Problem]:
    """What is a share is shown as one."""
    for metric in content.metrics().values():
        for name in (metric.title, f"{metric.title} before", f"{metric.title} change", f"{metric.title} target"):
            measure = project.measures["KPIs"].get(name)
            if measure and metric.unit == "percent" and measure.get("formatString") != PERCENT:
                yield "percent", name


def _circles(project: Project) -> Iterator[Problem]:
    """No measure stands on itself."""
    texts = {name: _text(m["expression"]) for found in project.measures.values() for name, m in found.items()}
    on = {name: {inner for table, inner in names_in(text) if not table} for name, text in texts.items()}
    seen: dict[str, bool] = {}

    def stands(name: str) -> bool:
        if name not in seen:
            seen[name] = False
            seen[name] = all(stands(other) for other in on.get(name, ()))
        return seen[name]

    yield from (("circles", name) for name in on if not stands(name))


def _text(expression: Any) -> str:
    return "\n".join(expression) if isinstance(expression, list) else str(expression)
