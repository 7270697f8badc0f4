"""Checks return the bad rows. `fail` keeps a table from being published; `warn` tells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backbeat import content
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Source, Table


@dataclass(frozen=True)
class Check:
    """A SELECT (Databricks SQL) whose rows are the bad ones.

    `condition` is theirs where one row alone can be bad; `key` are the columns of which no values may come twice.
    """

    name: str
    severity: str
    sql: str
    condition: str | None = None
    key: tuple[str, ...] = ()


def table_checks(table: Table) -> Iterator[Check]:
    """The checks that follow from a gold table's file: grain, not null, ranges, values, what holds, references."""
    name = f"gold.{table.name}"
    yield Check(f"{name}: {table.grain}", "fail", repeated(name, table.key), key=table.key)
    for column in (*table.key, *table.not_null):
        yield _row_check(name, f"{column} is not null", f"{column} is null")
    for column, (low, high) in table.ranges.items():
        yield _row_check(name, f"{column} is {_range_words(low, high)}", _outside(column, low, high))
    for column, values in table.values.items():
        listed = ", ".join(f"'{value}'" for value in values)
        yield _row_check(name, f"{column} is one of {listed}", f"{column} not in ({listed})")
    for words, condition in table.holds.items():
        yield Check(f"{name}: {words}", "fail", f"select * from {name} where not ({condition})", f"not ({condition})")
    for words, sql in table.checks.items():
        yield Check(f"{name}: {words}", "fail", sql)
    for column, target in table.references.items():
        yield Check(f"{name}.{column} is in {target}", "warn", unknown(name, column, target))


def first_failure(lake: Lakehouse, table: Table) -> str | None:
    """The first `fail` check that finds bad rows in a gold table as it is shown, in words.

    Checks that read other tables as well are left to `backbeat check`: those may not have been built yet.
    """
    own = {f"gold.{table.name}"}
    wanted = [check for check in table_checks(table) if check.severity == "fail" and content.reads(check.sql) <= own]
    if _finds_none(lake, table, wanted):
        return None
    found = ((check, _rows_found(lake, check)) for check in wanted)
    return next((f"{check.name}: {rows} bad rows" for check, rows in found if rows), None)


def _finds_none(lake: Lakehouse, table: Table, wanted: Sequence[Check]) -> bool:
    """Whether no check finds a bad row, as nearly always, in one text that reads the table once.

    A key is taken for its hash, which takes two thirds of the time: where one comes again, `wanted` say whether the key does.
    """
    (key,) = (check.key for check in wanted if check.key)
    is_bad = " or ".join(f"({check.condition})" for check in wanted if check.condition)
    rows = f"""
select {lake.engine.hashed(key)} as hash, count(*) as times, count(*) filter (where {is_bad}) as bad
from gold.{table.name}
group by 1"""
    counts = [f"(select count(*) from ({check.sql}))" for check in wanted if not check.key and not check.condition]
    sums = ["coalesce(sum(times), 0) - count(*)", "coalesce(sum(bad), 0)", *counts]
    with lake.engine_errors_as_ours():
        (found,) = lake.engine.native(lake.engine.bind(f"select {' + '.join(sums)} as n from ({rows})")).to_pylist()
    return not found["n"]


def _rows_found(lake: Lakehouse, check: Check) -> int:
    return int(lake.rows(f"select count(*) as n from ({check.sql})")[0]["n"])


def _row_check(name: str, words: str, condition: str) -> Check:
    return Check(f"{name}.{words}", "fail", f"select * from {name} where {condition}", condition)


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


def _outside(column: str, low: float | None, high: float | None) -> str:
    quoted = _quoted(column)
    bounds = [
        *([f"{quoted} < {low}"] if low is not None else []),
        *([f"{quoted} > {high}"] if high is not None else []),
    ]
    return " or ".join(bounds)


def _quoted(column: str) -> str:
    """A name in backticks, since some, such as `returning`, are words of SQL, too."""
    return f"`{column}`"


def _range_words(low: float | None, high: float | None) -> str:
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
