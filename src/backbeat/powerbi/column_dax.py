"""Measures over the columns of a table: one for each number, and what the blocks of pages make of them."""

import re
from collections.abc import Iterator

from backbeat import content
from backbeat.powerbi.chosen import CHOSEN
from backbeat.powerbi.names import dax_column, dax_measure, dax_table, lower, words
from backbeat.powerbi.nouns import DECIMAL, PERCENT, WHOLE, Column, Measure, ModelTable
from backbeat.powerbi.parts_dax import of_chosen
from backbeat.powerbi.tables import key_columns, star_of, table_name
from backbeat.specs import Block

FRACTIONS = ("_rate", "_share", "stickiness", "rate_from_start")


def column_measures(table: ModelTable, parts: ModelTable | None = None) -> Iterator[Measure]:
    """The measures of a table, each once, the columns' first. `parts` has its rows of each customer alone."""
    made: dict[str, Measure] = {}
    for measure in (
        *_plain(table, parts),
        *(each for block in blocks_of(table) for each in block_measures(table, block)),
    ):
        made.setdefault(measure.name, measure)
    yield from made.values()


def blocks_of(table: ModelTable) -> list[Block]:
    """The blocks of pages that are drawn from a table."""
    blocks = (block for page in content.pages().values() for block in page.blocks if block.table)
    return [each for each in blocks if star_of(f"gold.{each.table}").partition(".")[2] == table.source]


def measure_name(table: ModelTable, column: str) -> str:
    """What the measure of a column is called."""
    return f"{words(column)} ({_sentence(table)})"


def block_measure(table: ModelTable, block: Block, column: str) -> str:
    """What the measure that a block draws of a column is called."""
    name = words(column)
    if block.of:
        name += f" of {lower(block.of)}"
    if column in block.minus:
        name += " below zero"
    if block.last:
        name += f", last {block.last}"
    return f"{name} ({_sentence(table)})"


def is_fraction(column: str) -> bool:
    """Whether a column holds a fraction."""
    return column.endswith(FRACTIONS)


def block_measures(table: ModelTable, block: Block) -> Iterator[Measure]:
    """What a block draws, where that is more than a column's measure."""
    if block.count:
        name = measure_name(table, block.count)
        yield Measure(
            name,
            _of_everybody(table, f"COUNTROWS ( {dax_table(table.name)} )"),
            f"How many rows of {_sentence(table)}.",
            WHOLE,
            words(table.source),
        )
    for column in (*block.y, *([block.color] if block.color else [])):
        source = table.column(column)
        if source and source.kind in ("integer", "number") and (block.of or block.minus or block.last):
            yield from _variant(table, block, source)


def _variant(table: ModelTable, block: Block, column: Column) -> Iterator[Measure]:
    name, base = block_measure(table, block, column.source), measure_name(table, column.source)
    if name == base:
        return
    dax, shape = dax_measure(base), _format(column)
    if block.of:
        dax, shape = f"DIVIDE ( {dax}, {dax_measure(measure_name(table, block.of))} )", PERCENT
    if column.source in block.minus:
        dax = f"-1 * {dax}"
    if block.last and block.x and (x := table.column(block.x)):
        kept = [dax_column(table.name, found.name) for name in block.where if (found := table.column(name))]
        dax = _last(dax, dax_column(table.name, x.name), table, block.last, kept)
    yield Measure(name, dax, f"{column.description} As drawn in: {block.title}.", shape, words(table.source))


def _last(dax: str, x: str, table: ModelTable, last: str, kept: list[str]) -> str:
    """The value of the newest rows: newest of those that the block's own `where` keeps."""
    name = dax_table(table.name)
    everything = f"ALLEXCEPT ( {', '.join([name, *kept])} )" if kept else f"ALL ( {name} )"
    found = re.fullmatch(r"(\d+)([hd])", last)
    assert found, last
    days = f"{found[1]} / 24" if found[2] == "h" else found[1]
    span = f"DIVIDE ( {found[1]}, 24 )" if found[2] == "h" else days
    return f"""VAR _end = CALCULATE ( MAX ( {x} ), {everything}, REMOVEFILTERS ( Dates ) )
RETURN
    IF ( MAX ( {x} ) > _end - {span}, {dax} )"""


def _plain(table: ModelTable, parts: ModelTable | None) -> Iterator[Measure]:
    keys = content.tables()[table.source].key if table.source in content.tables() else ()
    for column in table.columns:
        if (
            column.kind in ("integer", "number")
            and column.is_hidden
            and column.source not in keys
            and not column.is_key
        ):
            yield Measure(
                measure_name(table, column.source), _value(table, column, parts), column.description, _format(column), words(table.source),
            )  # fmt: skip


def _value(table: ModelTable, column: Column, parts: ModelTable | None) -> str:
    """Sums where rows may be added up; elsewhere the value of one row; of those whom the slicers keep."""
    ratio = content.columns()[column.source].ratio if column.source in content.columns() else None
    if ratio and all(table.column(part) for part in ratio):
        return f"DIVIDE ( {', '.join(dax_measure(measure_name(table, part)) for part in ratio)} )"
    added = f"SUM ( {dax_column(table.name, column.name)} )"
    value = added if column.kind == "integer" else f"MAX ( {dax_column(table.name, column.name)} )"
    demanded = _demanded(table, column)
    asked = f"IF ( {demanded}, {value} )" if demanded else value
    return of_chosen(table, parts, column, asked, demanded) if parts else _of_everybody(table, asked)


def _of_everybody(table: ModelTable, value: str) -> str:
    """The value, or nothing where a slice is chosen: gold has it of everybody alone."""
    return f"IF ( [{CHOSEN}] = 0, {value} )" if table.layer == "gold" else value


def _demanded(table: ModelTable, column: Column) -> str | None:
    """What must hold so that a value is not one of several rows'."""
    if column.kind == "number":
        return f"COUNTROWS ( {dax_table(table.name)} ) = 1"
    if is_additive(table, column):
        return None
    return " && ".join(f"HASONEVALUE ( {dax_column(table.name, key.name)} )" for key in key_columns(table))


def is_additive(table: ModelTable, column: Column) -> bool:
    """Whether values of several rows may be added: whole numbers, but for customers who may come again another day."""
    known = content.tables().get(table.source)
    if column.kind != "integer" or not known:
        return column.kind == "integer"
    meaning = content.columns().get(column.source)
    comes_again = any(name == "month" or name.endswith("_date") for name in known.key)
    return not (meaning and meaning.unit == "customers" and comes_again)


def _format(column: Column) -> str:
    if column.kind == "integer":
        return WHOLE
    return PERCENT if is_fraction(column.source) or column.source == "probability" else DECIMAL


def _sentence(table: ModelTable) -> str:
    return lower(table.source.removeprefix("star_"))


__all__ = ["block_measure", "block_measures", "column_measures", "measure_name", "table_name"]
