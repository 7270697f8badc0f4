"""The model as TMDL, in the form and order in which Microsoft's own library writes it."""

import json
from collections.abc import Iterator
from textwrap import indent

from backbeat.powerbi.connect import Parameter, m_text, query
from backbeat.powerbi.names import guid
from backbeat.powerbi.nouns import DAY, DECIMAL, INSTANT, WHOLE, Column, Kind, Measure, Model, ModelTable

TYPES: dict[Kind, str] = {
    "text": "string", "list": "string", "integer": "int64", "number": "double", "flag": "boolean", "date": "dateTime",
    "instant": "dateTime",
}  # fmt: skip
FORMATS: dict[Kind, str] = {"date": DAY, "instant": INSTANT, "integer": WHOLE, "number": DECIMAL}
T = "\t"


def definition(model: Model, source: str, given: tuple[Parameter, ...]) -> dict[str, str]:
    """The files of the folder `definition`, path → text."""
    return {
        "database.tmdl": "database\n\tcompatibilityLevel: 1601\n\n",
        "model.tmdl": _model(model, given),
        "relationships.tmdl": _relationships(model),
        "expressions.tmdl": "\n".join(_parameter(each) for each in given) + "\n",
        **{f"tables/{table.name}.tmdl": _table(table, source) for table in model.tables},
    }


def quoted(name: str) -> str:
    """A name in TMDL."""
    return name if name.replace("_", "").isalnum() and name.isascii() else "'" + name.replace("'", "''") + "'"


def _model(model: Model, given: tuple[Parameter, ...]) -> str:
    order = json.dumps([*(each.name for each in given), *(table.name for table in model.tables)], ensure_ascii=False)
    references = "".join(f"ref table {quoted(table.name)}\n" for table in model.tables)
    return f"""model Model
\tculture: en-US
\tdefaultPowerBIDataSourceVersion: powerBI_V3
\tdiscourageImplicitMeasures
\tsourceQueryCulture: en-US
\tdataAccessOptions
\t\tlegacyRedirects
\t\treturnErrorValuesAsNull

annotation __PBI_TimeIntelligenceEnabled = 0

annotation PBI_QueryOrder = {order}

{references}
"""


def _relationships(model: Model) -> str:
    return (
        "\n".join(
            f"relationship {guid('relationship', r.from_table, r.from_column)}\n"
            f"\tfromColumn: {quoted(r.from_table)}.{quoted(r.from_column)}\n"
            f"\ttoColumn: {quoted(r.to_table)}.{quoted(r.to_column)}\n"
            for r in model.relationships
        )
        + "\n"
    )


def _parameter(each: Parameter) -> str:
    meta = 'meta [IsParameterQuery = true, Type = "Text", IsParameterQueryRequired = true]'
    return f"""/// {each.description}
expression {each.name} = {m_text(each.value)} {meta}
\tlineageTag: {guid("parameter", each.name)}

\tannotation PBI_ResultType = Text
"""


def _table(table: ModelTable, source: str) -> str:
    lines = [*_described(table.description, ""), f"table {quoted(table.name)}"]
    if table.is_hidden:
        lines.append("\tisHidden")
    lines.append(f"\tlineageTag: {guid('table', table.name)}")
    if table.is_calendar:
        lines.append("\tdataCategory: Time")
    for measure in table.measures:
        lines += ["", *_measure(table, measure)]
    for column in table.columns:
        lines += ["", *_column(table, column)]
    lines += [
        "",
        f"\tpartition {quoted(table.name)} = m",
        "\t\tmode: import",
        "\t\tsource =",
        *_query(table, source),
        "",
    ]
    return "\n".join(lines) + "\n"


def _measure(table: ModelTable, measure: Measure) -> Iterator[str]:
    yield from _described(measure.description, T)
    name, body = quoted(measure.name), measure.dax
    if "\n" in body:
        yield f"\tmeasure {name} ="
        yield indent(body, "\t\t\t")
    else:
        yield f"\tmeasure {name} = {body}"
    if measure.format:
        yield f"\t\tformatString: {measure.format}"
    if measure.is_hidden:
        yield "\t\tisHidden"
    yield f"\t\tdisplayFolder: {measure.folder}"
    yield f"\t\tlineageTag: {guid('measure', table.name, measure.name)}"


def _column(table: ModelTable, column: Column) -> Iterator[str]:
    yield from _described(column.description, T)
    yield f"\tcolumn {quoted(column.name)}"
    yield f"\t\tdataType: {TYPES[column.kind]}"
    if column.is_hidden:
        yield "\t\tisHidden"
    if column.is_key:
        yield "\t\tisKey"
    if column.kind in FORMATS:
        yield f"\t\tformatString: {FORMATS[column.kind]}"
    if column.is_hidden:
        yield "\t\tisAvailableInMdx: false"
    yield f"\t\tlineageTag: {guid('column', table.name, column.name)}"
    yield "\t\tsummarizeBy: none"
    yield f"\t\tsourceColumn: {column.name}"
    if column.sort_by:
        yield f"\t\tsortByColumn: {quoted(column.sort_by)}"


def _described(text: str, tabs: str) -> Iterator[str]:
    yield f"{tabs}/// {' '.join(text.split())}"


def _query(table: ModelTable, source: str) -> Iterator[str]:
    steps = query(table, source)
    yield "\t\t\t\tlet"
    yield from (f"\t\t\t\t    {step}{',' if step is not steps[-1] else ''}" for step in steps)
    yield "\t\t\t\tin"
    yield "\t\t\t\t    Typed"
