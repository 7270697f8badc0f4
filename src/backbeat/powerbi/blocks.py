"""A block of a page → a visual: what is drawn over what, by the kind of its chart."""

from backbeat import content
from backbeat.powerbi.cards import metric_field
from backbeat.powerbi.column_dax import block_measure, measure_name
from backbeat.powerbi.metric_dax import STATUS, WINDOW, title_of
from backbeat.powerbi.names import words
from backbeat.powerbi.nouns import Model, ModelTable
from backbeat.powerbi.pbir import Document, Field, Visual, kept, largest, literal
from backbeat.powerbi.tables import bin_name, slice_table, star_of
from backbeat.powerbi.told import definitions, in_place, listed, meanings, under
from backbeat.specs import Block, Metric, Page

WIDTH, GAP, MARGIN = 1280, 8, 24
KINDS = {"line": "lineChart", "area": "areaChart", "funnel": "funnel", "histogram": "columnChart", "band": "lineChart"}
HEIGHTS = {"third": 200, "half": 256, "whole": 256}
TIMES = ("_date", "_week", "_start", "month", "_month")
BAND = ("expected", "lower", "upper")
LIMITS = ("low", "high")
Made = tuple[str, dict[str, tuple[Field, ...]], tuple[Field, str] | None, tuple[Document, ...]]
"""A visual's kind, roles, order and filters."""


def months_visual(model: Model, blocks: list[Block]) -> Visual:
    """Metrics month by month, a line each; where a pointer rests, whether the month may still change."""
    metrics = [content.metrics()[str(block.metric)] for block in blocks]
    values = tuple(metric_field(model, metric) for metric in metrics)
    month = Field("Dates", "Month")
    title = blocks[0].title if len(blocks) == 1 else f"{listed([metric.title for metric in metrics])} by month"
    status = Field(model.home(STATUS), STATUS, True)
    tips = (status, *_counts(model, metrics).get("Tooltips", ()))
    roles = {"Category": (month,), "Y": values, "Tooltips": tips}
    return Visual(
        f"months {title}",
        "lineChart",
        title,
        in_place(title, ""),
        roles,
        width_of(blocks[0].size if len(blocks) == 1 else "whole"),
        HEIGHTS["whole"],
        _axes(len(blocks) > 1),
        (month, "Ascending"),
        definition=definitions(metrics),
    )


def slice_visual(model: Model, block: Block) -> Visual:
    """A metric of the window by country, device or plan, the largest first."""
    metric = content.metrics()[str(block.metric)]
    value, by = metric_field(model, metric), Field(slice_table(str(block.by)), words(str(block.by)))
    return Visual(
        f"{metric.name} by {block.by} {block.title}",
        "barChart",
        block.title,
        in_place(block.title, block.note),
        {"Category": (by,), "Y": (value,), **_counts(model, [metric])},
        width_of(block.size),
        _height(block),
        _axes(False),
        (value, "Descending"),
        subtitle=Field(model.home(WINDOW), WINDOW, True),
        definition=definitions([metric]),
    )


def _counts(model: Model, metrics: list[Metric]) -> dict[str, tuple[Field, ...]]:
    """Who counts, and of whom, where a pointer rests."""
    shares = [title_of(metric) for metric in metrics if metric.kind == "share"]
    names = [f"{title} {part}" for title in shares for part in ("numerator", "denominator")]
    return {"Tooltips": tuple(Field(model.home(name), name, True) for name in names)} if names else {}


def block_visual(model: Model, page: Page, block: Block) -> Visual | None:
    """A chart or a table of a table; None where the lake has not got it."""
    table = model.of_source(star_of(f"gold.{block.table}").partition(".")[2])
    if not table:
        return None
    key = f"{block.table} {block.title or page.blocks.index(block)}"
    unique = f"{page.name} {key}"
    kind, roles, sort, top = _chart(model, table, block, unique) if block.chart else _table(table, block)
    return Visual(
        key,
        kind,
        block.title,
        in_place(block.title, block.note),
        roles,
        width_of(block.size),
        _height(block),
        _objects(kind, block),
        sort,
        (*_kept(table, block, unique), *top),
        subtitle=under(table, page, block),
        definition=meanings(table, _drawn(block)),
    )


def width_of(size: str) -> int:
    """How wide a part of the page is."""
    parts = {"third": 3, "half": 2, "whole": 1}[size]
    return (WIDTH - 2 * MARGIN - (parts - 1) * GAP) // parts


def _height(block: Block) -> int:
    return 360 if block.chart == "heatmap" else HEIGHTS[block.size]


def _chart(model: Model, table: ModelTable, block: Block, key: str) -> Made:
    x = _x(model, table, block)
    values = tuple(_value(table, block, name) for name in _drawn(block))
    if block.chart == "heatmap":
        rows = tuple(_column(table, name) for name in block.y)
        return "pivotTable", {"Rows": rows, "Columns": (x,), "Values": values}, None, ()
    series = {"Series": (_column(table, block.by),)} if block.by else {}
    roles = {"Category": (x,), **series, "Y": values, **_parts(table, block)}
    if block.chart != "bar":
        return KINDS[str(block.chart)], roles, None if block.chart == "funnel" else (x, "Ascending"), ()
    if str(block.x).endswith(TIMES):
        return "columnChart", roles, (x, "Ascending"), ()
    top = (largest(key, x, values[0], block.top),) if block.top else ()
    return "barChart", roles, (values[0], "Descending"), top


def _parts(table: ModelTable, block: Block) -> dict[str, tuple[Field, ...]]:
    """What a share was divided from, and how sure a value is, where a pointer rests."""
    known = content.columns()
    ratios = [name for column in block.y if column in known for name in known[column].ratio or ()]
    divided = [*block.y, block.of] if block.of else []
    names = dict.fromkeys((*ratios, *divided, *(LIMITS if "value" in block.y and block.chart != "band" else ())))
    measures = {measure.name for measure in table.measures}
    found = {measure_name(table, str(name)): words(str(name)) for name in names}
    fields = tuple(Field(table.name, name, True, shown) for name, shown in found.items() if name in measures)
    return {"Tooltips": fields} if fields else {}


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


def _table(table: ModelTable, block: Block) -> Made:
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
        return _axes(len(block.y) > 1 or bool(block.by) or block.chart == "band")
    return {}


def _axes(is_several: bool) -> Document:
    """Axes that need no titles; a legend where there are several colours."""
    untitled = [{"properties": {"showAxisTitle": literal(False)}}]
    legend = {"show": literal(is_several), **({"position": literal("Top")} if is_several else {})}
    return {"categoryAxis": untitled, "valueAxis": untitled, "legend": [{"properties": legend}]}


__all__ = ["block_visual", "months_visual", "slice_visual"]
