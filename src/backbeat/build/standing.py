"""Rows that stand: of a table whose rows close after some days, only the open ones are computed again."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from backbeat.build.plan import Change
from backbeat.lake.clock import Clock
from backbeat.lake.delta import DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Table

MOST_COMMITS = 16
"""A table whose files are from more commits is written whole again."""


def open_after(table: Table, change: Change, values: Mapping[str, Any]) -> date | None:
    """The last date whose rows stand; None where all rows are computed, as for a change of everything.

    Rows of months are dated by the first day: where one stands, its month does to the end.
    """
    if not table.open or not change.dates:
        return None
    ((column, days),) = table.open.items()
    first = date.fromisoformat(min(change.dates))
    last = first - timedelta(days=sum(int(values[each]) if isinstance(each, str) else each for each in days))
    return last.replace(day=monthrange(last.year, last.month)[1]) if column.endswith("month") else last


def moved_rows(table: Table, change: Change, clock: Clock, values: Mapping[str, Any]) -> Change:
    """The change as tables that read this one see it: of open rows, each date from the first one on has moved."""
    after = open_after(table, change, values)
    if after is None or change.dates is None or clock.as_of is None:
        return change
    days = (clock.day(clock.as_of) - after).days
    return Change(change.dates | {(after + timedelta(days=n + 1)).isoformat() for n in range(days)}, change.why)


def seen_dates(lake: Lakehouse, table: Table, name: str, after: date) -> set[str] | None:
    """The dates of an input that open rows look at; None where they look at all."""
    column = lake.partition(name)
    if column is None or name not in table.looks_back:
        return None
    first = (after + timedelta(days=1 - table.looks_back[name])).isoformat()
    found = (file.partition[column] for file in lake.table(name).files())
    return {day for day in found if day is not None and day >= first}


def keep_open(lake: Lakehouse, table: Table, sql: str, after: date) -> None:
    """Keep the open rows of a SELECT as `fresh`; what else it gives is left. The table must be shown as it was published."""
    stands = that_stands(table, after)
    lake.engine.keep_own(
        "fresh", f"select * from ({sql}) as computed where ({stands}) is not true{_but_keys(table, stands)}"
    )


def that_stands(table: Table, after: date) -> str:
    """The condition that a row stands."""
    return f"{open_column(table)} <= date '{after}'"


def open_column(table: Table) -> str:
    """The date by which rows of a table close."""
    return next(iter(table.open))


def replaced_files(lake: Lakehouse, table: Table, after: date) -> list[DataFile]:
    """The published files that open rows are, or may be, in; all of them where many commits have written them.

    Spark writes the files of a commit into a folder of their own.
    """
    files, column = lake.table(f"gold.{table.name}").files(), open_column(table)
    if len({file.path.partition("/")[0] for file in files}) > MOST_COMMITS:
        return files
    return [file for file in files if column not in file.greatest or file.greatest[column] > after]


def closing_date(table: Table, clock: Clock, values: Mapping[str, Any]) -> date | None:
    """The last date whose rows will stand when days to come change, of tables whose standing rows have their own files."""
    if not table.is_about_persons or clock.as_of is None:
        return None
    return open_after(table, Change(frozenset({clock.day(clock.as_of).isoformat()}), ""), values)


def closing_selects(table: Table, sql: str, closed: date | None) -> list[str]:
    """The rows of a SELECT in two, those that will stand first; all in one where none will."""
    if closed is None:
        return [sql]
    stands = that_stands(table, closed)
    return [f"{sql} where {stands}", f"{sql} where ({stands}) is not true"]


def _but_keys(table: Table, stands: str) -> str:
    """That a row's key is not among those that stand, which it can be where the date is no part of it."""
    if set(table.open) & {*table.key}:
        return ""
    same = " and ".join(f"standing.{key} = computed.{key}" for key in table.key)
    return f" and not exists (select 1 from gold.{table.name} as standing where standing.{stands} and {same})"
