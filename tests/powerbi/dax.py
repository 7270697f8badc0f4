"""The measures of an exported project, evaluated over a lake's tables by a DAX engine that knows nothing of Backbeat."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from tests.powerbi.toolchain import PACKAGES

from backbeat.api import Lake
from backbeat.powerbi.export import schemas_of
from backbeat.powerbi.model import model_of
from backbeat.powerbi.nouns import ModelTable


class Evaluated:
    """A project's measures over a lake: `values(names, chosen)` under slicers {(table, column): values}."""

    def __init__(self, lake: Lake, definition: Path) -> None:
        sys.path.insert(0, str(PACKAGES))
        from pbix_mcp.dax import engine
        from pbix_mcp.formats.tmdl_reader import parse_tmdl_folder

        self.engine = engine
        model = parse_tmdl_folder(str(definition))
        lake.show_published()
        shown = model_of(schemas_of(lake.house), lake.config)
        self.tables = {table.name: rows_of(lake, table) for table in shown.tables}
        self.measures, self.homes = {}, {}
        for table in model["tables"]:
            for measure in table.get("measures", ()):
                self.measures[measure["name"]] = measure["expression"]
                self.homes[measure["name"]] = table["name"]
        self.relationships = [_relationship(each) for each in model["relationships"]]

    def values(
        self, names: Sequence[str], chosen: Mapping[tuple[str, str], Sequence[Any]] | None = None
    ) -> dict[str, Any]:
        """The measures under slicers; nothing may be unknown to the engine, fail, or be given up."""
        self.engine._engine.eval_errors.clear()
        self.engine._engine.unsupported_functions.clear()
        self.engine._engine.timed_out.clear()
        context = {f"{table}.{column}": list(values) for (table, column), values in (chosen or {}).items()}
        found = self.engine.evaluate_measures_batch(
            list(names), self.tables, dict(self.measures), filter_context=context, date_table="Dates", date_column="Date",
            date_tables={"Dates": "Date"}, relationships=self.relationships, measure_tables=self.homes,
        )  # fmt: skip
        assert not self.engine._engine.unsupported_functions, self.engine._engine.unsupported_functions
        assert not self.engine._engine.eval_errors, self.engine._engine.eval_errors
        assert not self.engine._engine.timed_out, self.engine._engine.timed_out
        return dict(found)


def rows_of(lake: Lake, table: ModelTable) -> dict[str, Any]:
    """A table's rows as Power Query would hand them over."""
    kept = " and ".join(f"{name} = '{value}'" for name, value in table.kept)
    bins = {f"{name}_from": f"floor(least({name}, 0.999999) * {n}) / {n} as {name}_from" for name, n in table.bins}
    names = ", ".join(bins.get(column.source, f"`{column.source}`") for column in table.columns)
    sql = f"select {names} from {table.layer}.{table.source}{f' where {kept}' if kept else ''}"
    columns = [_plain(column) for column in lake.house.arrow(sql).columns]
    return {"columns": [column.name for column in table.columns], "rows": [*map(list, zip(*columns, strict=True))]}


def days(first: date, last: date) -> list[datetime]:
    """What a date slicer keeps."""
    return [datetime(first.year, first.month, first.day) + timedelta(days=n) for n in range((last - first).days + 1)]


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Days and instants as datetimes without a zone, lists as text."""
    if pa.types.is_temporal(column.type):
        return list(column.cast(pa.timestamp("us")).to_pylist())
    return [", ".join(value) if isinstance(value, list) else value for value in column.to_pylist()]


def _relationship(each: Mapping[str, Any]) -> dict[str, Any]:
    def of(*names: str) -> Any:
        return next(each[name] for name in names if name in each)

    return {
        "FromTable": of("from_table", "fromTable"), "FromColumn": of("from_column", "fromColumn"),
        "ToTable": of("to_table", "toTable"), "ToColumn": of("to_column", "toColumn"),
        "IsActive": 1, "CrossFilteringBehavior": 1, "FromCardinality": 2, "ToCardinality": 1,
    }  # fmt: skip
