"""A block over a table → one SELECT of the columns it draws; filters are its parameters."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from backbeat import content
from backbeat.dashboard.filters import Filters
from backbeat.engines.literal import literal
from backbeat.measure.groups import OTHER
from backbeat.specs import Block, Table

MOST_ROWS = 200_000
LISTS = ("reasons",)
BAND = ("expected", "lower", "upper", "is_breach")
UNITS = {"h": "hour", "d": "day"}


def block_sql(
    block: Block, source: str, columns: Collection[str], filters: Filters, min_group: int
) -> tuple[str, Mapping[str, Any]]:
    """The SELECT and its parameters; `columns` are those of the table.

    A block of slices shows small groups merged. A filter makes every row one of a group, so rows about fewer than
    `min_group` customers are then left out.
    """
    conditions = dict(_conditions(block, source, columns, filters))
    table, sizes = content.tables().get(block.table or ""), {}
    if table and table.group_size and "slice" in block.where:
        source, sizes = without_small(table, source, is_filtered=bool(filters.where)), {"min_group": min_group}
    elif filters.where and table and table.group_size and not block.sum:
        source, conditions["group_size >= :min_group"] = sized(table, source), {"min_group": min_group}
    where = f"where {' and '.join(conditions)}" if conditions else ""
    text = f"select {', '.join(_selected(block, columns))} from {source} {where} {_grouped(block)}"
    values = sizes | {name: value for found in conditions.values() for name, value in found.items()}
    return _labelled(block, f"{text} {_ordered(block)}"), values


def sized(table: Table, source: str) -> str:
    """A table's rows with how many customers each is about, in `group_size`."""
    return f"(select *, {table.group_size} as group_size from {source})"


def without_small(table: Table, source: str, *, is_filtered: bool = False) -> str:
    """A table's rows with those of small groups merged as `other`, which is left out where it is small, too.

    All customers are no group, unless they are those of a filter.
    """
    is_large = f"group_size >= :min_group and slice_value <> {literal(OTHER)}"
    whole = "slice = 'all' and group_size >= :min_group" if is_filtered else "slice = 'all'"
    small = f"slice <> 'all' and not ({is_large})"
    keys = [_q(name) for name in table.key if name != "slice_value"]
    names = ", ".join(map(_q, table.columns))
    merged = ", ".join(f"{_merged(table, name)} as {_q(name)}" for name in table.columns)
    rows = sized(table, source)
    return (
        f"(select {names} from {rows} where {whole} or {is_large} union all select {merged} from {rows} where {small} "
        f"group by {', '.join(keys)} having sum(group_size) >= :min_group)"
    )


def _merged(table: Table, name: str) -> str:
    """A column of many rows as one: its value where it has but one."""
    column, known = _q(name), content.columns().get(name)
    if name == "slice_value":
        return literal(OTHER)
    if name in table.key:
        return column
    if name in table.adds_up:
        return f"cast(sum({column}) as bigint)"
    if name in table.merged:
        return table.merged[name]
    if known and known.ratio:
        over, under = known.ratio
        return f"cast(sum({_q(over)}) as double) / nullif(sum({_q(under)}), 0)"
    return f"case when count(*) = count({column}) and min({column}) = max({column}) then max({column}) end"


def _selected(block: Block, columns: Collection[str]) -> Iterator[str]:
    if not block.chart:
        yield from (f"{_plain(name)} as {_q(name)}" for name in block.columns)
        return
    yield from (f"{expression} as {_q(name)}" for name, expression in _keys(block))
    yield from (f"{_number(block, name)} as {_q(name)}" for name in _numbers(block))
    yield from BAND if block.chart == "band" else ()
    if "status" in columns and not (block.sum or block.count):
        yield "status"
    if block.table == "sessions_histogram":
        yield "customers_at_least"


def _keys(block: Block) -> Iterator[tuple[str, str]]:
    """What a row of the answer is about: name and expression."""
    assert block.x
    binned = f"floor(least({_q(block.x)}, 0.999999) * {block.bins}) / {block.bins}"
    yield block.x, binned if block.bins else _plain(block.x)
    yield from ((name, _plain(name)) for name in (block.by, *(block.y if block.color else ())) if name)


def _numbers(block: Block) -> tuple[str, ...]:
    counted = (block.count,) if block.count and block.count not in block.y else ()
    return (block.color,) if block.color else (*block.y, *counted)


def _number(block: Block, name: str) -> str:
    if name == block.count:
        return "count(*)"
    if block.of:
        over, under = (f"sum({_q(column)})" if block.sum else _q(column) for column in (name, block.of))
        return f"cast({over} as double) / nullif({under}, 0)"
    return f"cast(sum({_q(name)}) as bigint)" if block.sum else _q(name)


def _conditions(
    block: Block, source: str, columns: Collection[str], filters: Filters
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from _kept(block)
    if "slice" in columns and "slice" not in block.where:
        yield "slice = 'all'", {}
    day = content.date_column(columns)
    if day and filters.first and filters.last:
        days = {"first_day": _whole(day, filters.first), "last_day": filters.last}
        yield f"{day} between :first_day and :last_day", days
    elif block.last and block.x:
        kept = " and ".join(condition for condition, _ in _kept(block)) or "true"
        yield f"{_q(block.x)} > (select max({_q(block.x)}) from {source} where {kept}) - {_interval(block.last)}", {}


def _kept(block: Block) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows that the block's own `where` keeps."""
    for letter, (name, value) in zip("abcdefgh", block.where.items(), strict=False):
        if isinstance(value, tuple):
            yield f"array_contains(:kept_{letter}, {_q(name)})", {f"kept_{letter}": [*value]}
        else:
            yield f"{_q(name)} = :kept_{letter}", {f"kept_{letter}": value}


def _whole(column: str, first: date) -> date:
    """The first date a window keeps: months and weeks that it begins in belong to it."""
    if column.endswith("_date"):
        return first
    return first.replace(day=1) if column.endswith("month") else date.fromordinal(first.toordinal() - first.weekday())


def _interval(last: str) -> str:
    found = re.fullmatch(r"(\d+)([hd])", last)
    assert found, last
    return f"interval {found[1]} {UNITS[found[2]]}"


def _grouped(block: Block) -> str:
    keys = [expression for _, expression in _keys(block)] if block.chart and (block.sum or block.count) else []
    return f"group by {', '.join(keys)}" if keys else ""


def _ordered(block: Block) -> str:
    """Rows that its order leaves equal are in that of what is shown, so that the same lake gives the same page."""
    if not block.chart:
        keys = [f"{_q(name[1:])} desc" if name.startswith("-") else _q(name) for name in block.order]
        shown = (str(place) for place in range(1, len(block.columns) + 1))
        return f"order by {', '.join([*keys, *shown])} limit {block.limit}"
    names = [_q(name) for name, _ in _keys(block)]
    if block.top:
        return f"order by {_q(block.y[0])} desc, {', '.join(names)} limit {block.top}"
    return f"order by {', '.join(names)} limit {MOST_ROWS}"


def _labelled(block: Block, sql: str) -> str:
    """With the name of what x is the id of in place of the id, which stays where nobody knows the name."""
    if not block.label:
        return sql
    table, _, name = block.label.partition(".")
    numbers = ", ".join(f"counted.{_q(column)}" for column in block.y)
    return (
        f"select coalesce(named.{name}, counted.{block.x}) as {name}, {numbers} from ({sql}) as counted "
        f"left join silver.{table} as named on named.{block.x} = counted.{block.x} "
        f"order by counted.{_q(block.y[0])} desc, counted.{block.x}"
    )


def _plain(name: str) -> str:
    return f"array_join({name}, ', ')" if name in LISTS else _q(name)


def _q(name: str) -> str:
    return f"`{name}`"
