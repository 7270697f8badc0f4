"""A block of a page → a visual: what is drawn over what, by the kind of its chart."""

from typing import Any

from backbeat import content
from backbeat.content import Block, Page
from backbeat.powerbi.column_dax import block_measure, measure_name
from backbeat.powerbi.metric_dax import CHANGE, TARGET, title_of
from backbeat.powerbi.names import words
from backbeat.powerbi.nouns import Model, ModelTable
from backbeat.powerbi.pbir import Document, Field, Visual, kept, largest, literal
from backbeat.powerbi.tables import HOME, bin_name, slice_table, star_of

WIDTH, GAP, MARGIN = 1280, 8, 24
KINDS = {"line": "lineChart", "area": "areaChart", "funnel": "funnel", "histogram": "columnChart", "band": "lineChart"}
HEIGHTS = {"third": 200, "half": 256, "whole": 256}
TIMES = ("_date", "_week", "_start", "month", "_month")
BAND = ("expected", "lower", "upper")


def tile_visual(model: Model, name: str, width: int) -> Visual:
    """A metric as a card: its value, how it moved, and the target where there is one."""
    metric = content.metrics()[name]
    title = title_of(metric)
    shown = [(title, metric.title), (CHANGE.format(title), "Change")]
    if metric.target is not None:
        shown.append((TARGET.format(title), "Target"))
    fields = tuple(Field(model.home(measure), measure, True, label) for measure, label in shown)
    return Visual(
        f"tile {name}",
        "cardVisual",
        metric.title,
        f"{metric.title}. {metric.question} {metric.definition}",
        {"Data": fields},
        width,
        144,
    )


def block_visual(model: Model, page: Page, number: int) -> Visual | None:
    """A chart or a table; None where the lake has not got its table."""
    block = page.blocks[number]
    key = f"{block.table or block.metric} {block.title or number}"
    if block.metric:
        return _metric_visual(model, block, key)
    table = model.of_source(star_of(f"gold.{block.table}").partition(".")[2])
    if not table:
        return None
    made = _table_visual(table, block) if not block.chart else _chart_visual(model, table, block, f"{page.name} {key}")
    return _visual(block, key, *made, filters=(*_kept(table, block, f"{page.name} {key}"), *made[3]))


def _visual(
    block: Block, key: str, kind: str, roles: Any, sort: Any, _: Any, filters: tuple[Document, ...] = ()
) -> Visual:
    told = f"{block.title}. {block.note}".strip().rstrip(".") + "."
    return Visual(
        key, kind, block.title, told, roles, width_of(block.size), _height(block), _objects(kind, block), sort, filters
    )


def width_of(size: str) -> int:
    """How wide a part of the page is."""
    parts = {"third": 3, "half": 2, "whole": 1}[size]
    return (WIDTH - 2 * MARGIN - (parts - 1) * GAP) // parts


def _height(block: Block) -> int:
    return 360 if block.chart == "heatmap" else HEIGHTS[block.size]


def _metric_visual(model: Model, block: Block, key: str) -> Visual:
    title = title_of(content.metrics()[str(block.metric)])
    value = Field(model.home(title), title, True, block.title)
    if not block.by:
        month = Field("Dates", "Month")
        return _visual(block, key, "lineChart", {"Category": (month,), "Y": (value,)}, (month, "Ascending"), None)
    by = Field(slice_table(block.by), words(block.by))
    return _visual(block, key, "barChart", {"Category": (by,), "Y": (value,)}, (value, "Descending"), None)


def _chart_visual(
    model: Model, table: ModelTable, block: Block, key: str
) -> tuple[str, Any, Any, tuple[Document, ...]]:
    x = _x(model, table, block)
    values = tuple(_value(table, block, name) for name in _drawn(block))
    if block.chart == "heatmap":
        rows = tuple(_column(table, name) for name in block.y)
        return "pivotTable", {"Rows": rows, "Columns": (x,), "Values": values}, None, ()
    roles = {"Category": (x,), **({"Series": (_column(table, block.by),)} if block.by else {}), "Y": values}
    if block.chart != "bar":
        return KINDS[str(block.chart)], roles, None if block.chart == "funnel" else (x, "Ascending"), ()
    if str(block.x).endswith(TIMES):
        return "columnChart", roles, (x, "Ascending"), ()
    top = (largest(key, x, values[0], block.top),) if block.top else ()
    return "barChart", roles, (values[0], "Descending"), top


def _drawn(block: Block) -> tuple[str, ...]:
    counted = (block.count,) if block.count and block.count not in block.y else ()
    band = BAND if block.chart == "band" else ()
    return (block.color,) if block.color else (*block.y, *band, *counted)


def _x(model: Model, table: ModelTable, block: Block) -> Field:
    """The column drawn over: a label in place of an id, a bin in place of a share."""
    if block.label:
        named, _, column = block.label.partition(".")
        labels = model.of_source(f"star_{named}")
        if labels:
            return _column(labels, column)
    if block.bins:
        return Field(table.name, bin_name(str(block.x)))
    return _column(table, str(block.x))


def _column(table: ModelTable, source: str | None) -> Field:
    return Field(table.name, words(str(source)))


def _value(table: ModelTable, block: Block, name: str) -> Field:
    measure = measure_name(table, name) if name == block.count or name in BAND else block_measure(table, block, name)
    return Field(table.name, measure, True, words(name))


def _table_visual(table: ModelTable, block: Block) -> tuple[str, Any, Any, tuple[Document, ...]]:
    """The columns that the model has; numbers by their measures."""
    measures = {measure.name for measure in table.measures}
    fields = []
    for name in block.columns:
        column, measure = table.column(name), measure_name(table, name)
        if column and column.is_hidden and measure in measures:
            fields.append(Field(table.name, measure, True, words(name)))
        elif column:
            fields.append(_column(table, name))
    names = [name for name in block.order if table.column(name.removeprefix("-"))]
    first = names[0] if names else None
    order = None
    if first:
        by = next(
            (
                f
                for f in fields
                if f.shown == words(first.removeprefix("-")) or f.name == words(first.removeprefix("-"))
            ),
            None,
        )
        order = (by, "Descending" if first.startswith("-") else "Ascending") if by else None
    return "tableEx", {"Values": tuple(fields)}, order, ()


def _kept(table: ModelTable, block: Block, key: str) -> tuple[Document, ...]:
    return tuple(
        kept(key, _column(table, name), value if isinstance(value, tuple) else (value,))
        for name, value in block.where.items()
        if table.column(name)
    )


def _objects(kind: str, block: Block) -> Document:
    if kind in ("tableEx", "pivotTable"):
        return {
            "columnHeaders": [
                {"properties": {"autoSizeColumnWidth": literal(True), "columnAdjustment": literal("growToFit")}}
            ]
        }
    if kind in ("lineChart", "areaChart", "columnChart", "barChart"):
        several = len(block.y) > 1 or bool(block.by and not block.metric) or block.chart == "band"
        axes = {
            "categoryAxis": [{"properties": {"showAxisTitle": literal(False)}}],
            "valueAxis": [{"properties": {"showAxisTitle": literal(False)}}],
        }
        return {
            **axes,
            "legend": [{"properties": {"show": literal(several), **({"position": literal("Top")} if several else {})}}],
        }
    return {}


__all__ = ["HOME", "block_visual", "tile_visual"]
