"""The pieces of PBIR: fields, expressions, filters and visuals as the documents that Power BI reads."""

from dataclasses import dataclass, field
from typing import Any

from backbeat.powerbi.names import short_id

Document = dict[str, Any]
SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric/"
VERSIONS = {"visual": "2.9.0", "report": "3.3.0", "page": "2.1.0"}


@dataclass(frozen=True)
class Field:
    """A column or a measure of the model, and what it is called in the visual."""

    table: str
    name: str
    is_measure: bool = False
    shown: str = ""


@dataclass(frozen=True)
class Visual:
    """A visual of a page. `roles` {data role: fields}; `filters` are of the visual alone; `sync` groups slicers.

    `told` is said in place of the picture, `definition` beside it on demand, `subtitle` under the title.
    """

    key: str
    kind: str
    title: str
    told: str
    roles: dict[str, tuple[Field, ...]]
    width: int
    height: int
    objects: Document = field(default_factory=dict)
    sort: tuple[Field, str] | None = None
    filters: tuple[Document, ...] = ()
    sync: str | None = None
    subtitle: str | Field = ""
    definition: str = ""


def schema(path: str) -> str:
    """The address of a schema by its path."""
    return f"{SCHEMAS}{path}/schema.json"


def literal(value: str | int | float | bool) -> Document:
    """A constant as an expression; formatting takes nothing else."""
    return {"expr": {"Literal": {"Value": bare(value)}}}


def bare(value: str | int | float | bool) -> str:
    """A constant in the spelling of expressions."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"{value}L" if isinstance(value, int) else f"{value:g}D"


def colour(value: str) -> Document:
    """A colour as formatting takes it."""
    return {"solid": {"color": literal(value)}}


def reference(field: Field, source: str | None = None) -> Document:
    """A field in an expression, of a table or of a query's source."""
    place = {"Source": source} if source else {"Entity": field.table}
    return {"Measure" if field.is_measure else "Column": {"Expression": {"SourceRef": place}, "Property": field.name}}


def name_of(field: Field) -> str:
    """A field's name within a query."""
    return f"{field.table}.{field.name}"


def projection(field: Field, *, is_active: bool = False) -> Document:
    """A field in a data role."""
    named = {"displayName": field.shown} if field.shown and field.shown != field.name else {}
    active = {"active": True} if is_active else {}
    return {
        "field": reference(field),
        "queryRef": name_of(field),
        "nativeQueryRef": field.name,
        **named,
        **active,
    }


def kept(key: str, field: Field, values: tuple[str | int | bool, ...], *, is_not: bool = False) -> Document:
    """A filter that keeps rows of some values of a column, or all but these."""
    chosen: Document = {
        "In": {"Expressions": [reference(field, "t")], "Values": [[{"Literal": {"Value": bare(v)}}] for v in values]}
    }
    condition = {"Not": {"Expression": chosen}} if is_not else chosen
    return {
        "name": short_id(key, field.table, field.name), "field": reference(field), "type": "Categorical",
        "filter": {"Version": 2, "From": [{"Name": "t", "Entity": field.table, "Type": 0}], "Where": [{"Condition": condition}]},
    }  # fmt: skip


def largest(key: str, field: Field, by: Field, top: int) -> Document:
    """A filter that keeps so many values of a column, those with the most of a measure."""
    inner = {
        "Version": 2, "From": [{"Name": "t", "Entity": field.table, "Type": 0}, {"Name": "m", "Entity": by.table, "Type": 0}],
        "Select": [{**reference(field, "t"), "Name": "field"}],
        "OrderBy": [{"Direction": 2, "Expression": reference(by, "m")}], "Top": top,
    }  # fmt: skip
    condition = {"In": {"Expressions": [reference(field, "t")], "Table": {"SourceRef": {"Source": "subquery"}}}}
    sources = [
        {"Name": "subquery", "Expression": {"Subquery": {"Query": inner}}, "Type": 2},
        {"Name": "t", "Entity": field.table, "Type": 0},
    ]
    return {
        "name": short_id(key, field.table, field.name, "top"), "field": reference(field), "type": "TopN",
        "filter": {"Version": 2, "From": sources, "Where": [{"Condition": condition}]},
    }  # fmt: skip


def visual_document(page: str, visual: Visual, x: int, y: int, order: int) -> Document:
    """The visual.json of a visual at its place."""
    inner: Document = {"visualType": visual.kind, "query": _query(visual)}
    if visual.objects:
        inner["objects"] = visual.objects
    inner["visualContainerObjects"] = _container(visual)
    if visual.sync:
        inner["syncGroup"] = {"groupName": visual.sync, "fieldChanges": True, "filterChanges": True}
    inner["drillFilterOtherVisuals"] = True
    filters = {"filterConfig": {"filters": list(visual.filters)}} if visual.filters else {}
    position = {"x": x, "y": y, "z": order, "height": visual.height, "width": visual.width, "tabOrder": order}
    name = short_id(page, visual.key)
    return {
        "$schema": schema(f"item/report/definition/visualContainer/{VERSIONS['visual']}"),
        "name": name,
        "position": position,
        "visual": inner,
        **filters,
    }


def _container(visual: Visual) -> Document:
    """What stands around a visual: its title, what is said of it, and for slicers the room within."""
    found = {
        "title": {"show": literal(bool(visual.title)), **({"text": literal(visual.title)} if visual.title else {})}
    }
    if visual.subtitle:
        found["subTitle"] = {"show": literal(True), "text": worded(visual.subtitle), "titleWrap": literal(True)}
    if visual.definition:
        found["visualHeader"] = {"show": literal(True), "showTooltipButton": literal(True)}
        found["visualHeaderTooltip"] = {"type": literal("Default"), "text": literal(visual.definition)}
    found["general"] = {"altText": literal(visual.told)}
    if visual.kind == "slicer":
        found["padding"] = {side: literal(8.0) for side in ("top", "bottom", "left", "right")}
    return {name: [{"properties": properties}] for name, properties in found.items()}


def worded(text: str | Field) -> Document:
    """A text as formatting takes it, or a measure that gives one."""
    return {"expr": reference(text)} if isinstance(text, Field) else literal(text)


def _query(visual: Visual) -> Document:
    roles = {
        role: {
            "projections": [
                projection(f, is_active=role in ("Category", "Rows") and n == 0) for n, f in enumerate(fields)
            ]
        }
        for role, fields in visual.roles.items()
    }
    query: Document = {"queryState": roles}
    if visual.sort:
        by, direction = visual.sort
        query["sortDefinition"] = {"sort": [{"field": reference(by), "direction": direction}], "isDefaultSort": False}
    return query
