"""Which content file is wrong, where the engine could not read a text made of many."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from backbeat import content
from backbeat.build.kpis import cells_sql, shares
from backbeat.build.plan import in_order
from backbeat.build.windows import REFERENCE_DAYS, threshold
from backbeat.errors import StorageError, UnreadableSql, UsageError
from backbeat.lake.lakehouse import Lakehouse


@contextmanager
def blaming(lake: Lakehouse, values: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Turn what the engine raises of wrong SQL into a UsageError that names the file; everything else stays."""
    wrong: tuple[type[Exception], ...] = (UnreadableSql, *lake.engine.wrong_sql)
    raised: tuple[type[Exception], ...] = (StorageError, *wrong)
    try:
        yield
    except raised as error:
        is_wrong = isinstance(error, wrong) or isinstance(error.__cause__, wrong)
        if is_wrong and (found := _wrong(lake, values())):
            raise UsageError(
                f"{found}. Where the lake was built by an earlier version, `backbeat run` comes first"
            ) from error
        raise


def _wrong(lake: Lakehouse, values: Mapping[str, Any]) -> str | None:
    """The first wrong text among those whose tables are there, with what is said of it."""
    values = {"threshold": threshold(lake.config, REFERENCE_DAYS), **values}
    lake.show_all()
    for path, sql in _texts():
        if all(lake.table(name).exists() for name in content.reads(sql)):
            try:
                lake.engine.schema(lake.engine.bind(sql, values))
            except UnreadableSql as error:
                return f"lakehouse/{path}: {error}"
            except lake.engine.wrong_sql as error:
                return f"lakehouse/{path}: {lake.engine.said(error)}"
    return None


def _texts() -> Iterator[tuple[str, str]]:
    """Tables in the order in which they are built, then metrics by every slice of theirs."""
    for table in in_order():
        if table.made_from == "sql":
            yield f"gold/{table.name}.sql", content.with_relations(table.sql)
    for metric in shares():
        yield f"metrics/{metric.name}.sql", cells_sql([metric], metric.slices)
