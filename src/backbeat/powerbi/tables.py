"""Which tables the model has, and their columns: the star tables, the calendar, the KPIs, and what the pages name."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from backbeat import content
from backbeat.lake import schemas
from backbeat.powerbi.names import words
from backbeat.powerbi.nouns import Column, Kind, ModelTable

NEVER = {"customer_id", "raw_row", "planned_files", "gold_versions", "built_from", "notes", "month_name"}
"""Columns that no model has: about a person, or of use to the machine alone; names of months, which sort badly."""
HOME = "kpis"
"""The table in which the metrics' measures stand."""
SORTED = {"day_name": "day_of_week"}

Schemas = Mapping[str, pa.Schema]


def model_tables(found: Schemas) -> tuple[ModelTable, ...]:
    """The tables, without measures, in a stable order; `found` are the schemas of the lake's tables by `layer.table`."""
    shown = [_table(name, found[name]) for name in sorted(wanted(found))]
    return (*shown, *(_slice_table(name) for name in content.slices()))


def wanted(found: Schemas) -> set[str]:
    """The lake's tables that the model reads, as `layer.table`."""
    named = {_of_layer(block.table) for page in content.pages().values() for block in page.blocks if block.table}
    series = {f"gold.{metric.table}" for metric in content.metrics().values() if metric.table}
    always = {f"gold.{name}" for name in ("dates", HOME)} | {f"gold.{name}" for name in star_tables()}
    return {star_of(name) for name in named | series | always} & set(found)


def star_tables() -> list[str]:
    """The gold tables made for this: all but what only lists the slices, which is read once for each."""
    return [name for name in content.tables() if name.startswith("star_") and name != "star_slices"]


def star_of(name: str) -> str:
    """The star table that stands for a table, or itself."""
    return next((f"gold.{t.name}" for t in content.tables().values() if t.star and t.star.of == name), name)


def key_columns(table: ModelTable) -> list[Column]:
    """The columns of a gold table's key that the model has."""
    return [found for name in content.tables()[table.source].key if (found := table.column(name))]


def parts_of(source: str) -> str | None:
    """The table that has the rows of a table of each customer alone."""
    return next((table.name for table in content.tables().values() if table.parts_of == f"gold.{source}"), None)


def table_name(source: str) -> str:
    """The business name of a table."""
    return words(source.removeprefix("star_"))


def slice_table(name: str) -> str:
    """The business name of the table from which people choose values of a slice."""
    return f"By {name.replace('_', ' ')}"


def _of_layer(name: str) -> str:
    return f"ops.{name}" if f"ops.{name}" in schemas.OPS else f"gold.{name}"


def _table(name: str, schema: pa.Schema) -> ModelTable:
    layer, _, source = name.partition(".")
    table = content.tables().get(source)
    bins = tuple(sorted(_bins(source)))
    return ModelTable(
        table_name(source),
        layer,
        source,
        table.description if table and layer == "gold" else f"The lake's {words(source).lower()}.",
        (*_columns(source, schema), *(_bin(column) for column, _ in bins)),
        is_hidden=bool(table and table.is_about_persons and source.startswith("star_")),
        is_calendar=source == "dates",
        kept=(("slice", "all"),) if _is_in_parts(source) else (),
        bins=bins,
    )


def _is_in_parts(source: str) -> bool:
    """Whether slices are counted from each customer's rows, so that those stored are not read."""
    return parts_of(source) is not None


def _columns(source: str, schema: pa.Schema) -> Iterator[Column]:
    table = content.tables().get(source)
    for field in schema:
        if field.name not in NEVER and not (_is_in_parts(source) and field.name in ("slice", "slice_value")):
            kind = kind_of(field.type)
            is_key = (
                table is not None
                and table.key == (field.name,)
                and (field.name == "date" or field.name.endswith("_key"))
            )
            yield Column(
                words(field.name),
                field.name,
                kind,
                meaning(field.name),
                is_hidden=_is_hidden(source, field.name, kind),
                is_key=is_key,
                sort_by=words(SORTED[field.name]) if field.name in SORTED else None,
            )


def _is_hidden(source: str, name: str, kind: Kind) -> bool:
    """Numbers are seen through measures; keys, and what only relates tables, not at all."""
    table = content.tables().get(source)
    if table and source.startswith("star_") and (table.is_about_persons or name.endswith(("_key", "_date"))):
        return True
    is_axis = (table is not None and name in table.key) or source in ("dates", "batches")
    return (kind in ("integer", "number") and not is_axis and name not in SHOWN_NUMBERS) or source == HOME


SHOWN_NUMBERS = ("batch_id", "row_number")


def meaning(name: str) -> str:
    """What a column means, from the dictionary of columns."""
    found = content.columns().get(name)
    return found.description if found else words(name)


def kind_of(arrow: pa.DataType) -> Kind:
    """What a column holds."""
    tests: tuple[tuple[bool, Kind], ...] = (
        (pa.types.is_integer(arrow), "integer"), (pa.types.is_floating(arrow), "number"),
        (pa.types.is_boolean(arrow), "flag"), (pa.types.is_date(arrow), "date"),
        (pa.types.is_timestamp(arrow), "instant"), (pa.types.is_list(arrow) or pa.types.is_large_list(arrow), "list"),
    )  # fmt: skip
    return next((kind for is_it, kind in tests if is_it), "text")


def _bins(source: str) -> set[tuple[str, int]]:
    blocks = (block for page in content.pages().values() for block in page.blocks)
    return {(block.x, block.bins) for block in blocks if block.table == source and block.bins and block.x}


def bin_name(column: str) -> str:
    """The business name of a column's bin."""
    return f"{words(column)} from"


def _bin(column: str) -> Column:
    return Column(bin_name(column), f"{column}_from", "number", f"Where the bin begins: {meaning(column)}")


def _slice_table(name: str) -> ModelTable:
    column = Column(words(name), "slice_value", "text", f"{words(name)}; small groups are merged as other.")
    return ModelTable(
        slice_table(name), "gold", "star_slices", f"What customers can be chosen by: {name}.", (column,),
        kept=(("slice", name),),
    )  # fmt: skip
