"""Numbers of the customers whom the slicers keep, put together from the rows of each customer alone."""

from textwrap import indent

from sqlglot import exp

from backbeat import content
from backbeat.powerbi.chosen import CHOSEN, LEAST, kept, members, small
from backbeat.powerbi.names import dax_column, dax_table
from backbeat.powerbi.nouns import Column, ModelTable
from backbeat.powerbi.parsed import parsed
from backbeat.powerbi.tables import key_columns


def of_chosen(table: ModelTable, parts: ModelTable, column: Column, everybody: str, demanded: str | None) -> str:
    """A column's value as gold has it, and where slices are chosen the same of the customers kept.

    `demanded` is what must hold for there to be one value. Too few customers are not told of: neither as all that are
    kept, nor as those that the rows are about.
    """
    keys = key_columns(table)
    rows = ", ".join([dax_table(table.name), *(dax_column(table.name, key.name) for key in keys)])
    same = ", ".join(dax_column(parts.name, key.name) for key in keys)
    value = f"IF ( {' && '.join(_enough(table, parts))}, {_put_together(parts, column)} )"
    told = f"CALCULATE ( {value}, _kept, TREATAS ( SUMMARIZE ( {rows} ), {same} ) )"
    shown = " && ".join([f"COUNTROWS ( _kept ) >= [{LEAST}]", *([demanded] if demanded else [])])
    chosen = f"""VAR _members =
{indent(members(), "    ")}
{small()}
VAR _kept = SELECTCOLUMNS ( FILTER ( _members, {kept()} ), "Customer key", Customers[Customer key] )
RETURN
    IF ( {shown}, {told} )"""
    return f"IF (\n    [{CHOSEN}] = 0,\n    {everybody},\n{indent(chosen, '    ')}\n)"


def _put_together(parts: ModelTable, column: Column) -> str:
    own = parts.column(column.source)
    assert own, f"gold.{parts.source} has no {column.source}"
    function = "SUM" if own.kind == "integer" else "MEDIAN" if own.source.startswith("median_") else "AVERAGE"
    return f"{function} ( {dax_column(parts.name, own.name)} )"


def _enough(table: ModelTable, parts: ModelTable) -> list[str]:
    """That the rows are about enough customers; `group_size` may leave some of these out."""
    size = parsed(f"select {content.tables()[table.source].group_size or '1'}").expressions[0]
    customers = f"DISTINCTCOUNT ( {dax_column(parts.name, 'Customer key')} ) >= [{LEAST}]"
    names = [] if isinstance(size, exp.Window) else [column.name for column in size.find_all(exp.Column)]
    counted = [f"SUM ( {dax_column(parts.name, found.name)} )" for name in names if (found := parts.column(name))]
    return [customers, *([f"{' + '.join(counted)} >= [{LEAST}]"] if len(counted) > 1 else [])]
