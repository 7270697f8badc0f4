"""Checks return the bad rows. `fail` keeps a table from being published; `warn` tells."""

from collections.abc import Iterator
from dataclasses import dataclass

from backbeat.content import Source, Table


@dataclass(frozen=True)
class Check:
    """A SELECT (Databricks SQL) whose rows are the bad ones."""

    name: str
    severity: str
    sql: str


def table_checks(table: Table) -> Iterator[Check]:
    """The checks that follow from a gold table's file: grain, not null, ranges, values, references."""
    name = f"gold.{table.name}"
    yield Check(f"{name}: {table.grain}", "fail", repeated(name, table.key))
    for column in (*table.key, *table.not_null):
        yield Check(f"{name}.{column} is not null", "fail", f"select * from {name} where {_quoted(column)} is null")
    for column, (low, high) in table.ranges.items():
        yield Check(f"{name}.{column} is {_range_words(low, high)}", "fail", _outside(name, column, low, high))
    for column, values in table.values.items():
        listed = ", ".join(f"'{value}'" for value in values)
        yield Check(
            f"{name}.{column} is one of {listed}",
            "fail",
            f"select * from {name} where {_quoted(column)} not in ({listed})",
        )
    for column, target in table.references.items():
        yield Check(f"{name}.{column} is in {target}", "warn", unknown(name, column, target))


def source_checks(source: Source) -> Iterator[Check]:
    """The checks that follow from a source's file: its key is unique, what is required is there."""
    name = f"silver.{source.name}"
    yield Check(f"{name}: {source.grain}", "fail", repeated(name, source.key))
    for column, contract in source.columns.items():
        if contract.required:
            yield Check(f"{name}.{column} is not null", "fail", f"select * from {name} where {column} is null")
    if "customer_id" in source.columns and source.name != "customers":
        yield Check(
            f"{name}.customer_id is in silver.customers",
            "warn",
            unknown(name, "customer_id", "silver.customers.customer_id"),
        )


def repeated(name: str, key: tuple[str, ...]) -> str:
    """The keys that occur more than once."""
    columns = ", ".join(key)
    return f"select {columns}, count(*) as times from {name} group by {columns} having count(*) > 1"


def unknown(name: str, column: str, target: str) -> str:
    """The values of a column that its target does not hold."""
    table, _, other = target.rpartition(".")
    return f"select distinct {column} from {name} where {column} is not null and {column} not in (select {other} from {table})"


def _outside(name: str, column: str, low: float | None, high: float | None) -> str:
    quoted = _quoted(column)
    bounds = [
        *([f"{quoted} < {low}"] if low is not None else []),
        *([f"{quoted} > {high}"] if high is not None else []),
    ]
    return f"select * from {name} where {' or '.join(bounds)}"


def _quoted(column: str) -> str:
    """A name in backticks, since some, such as `returning`, are words of SQL, too."""
    return f"`{column}`"


def _range_words(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
