"""What a Power BI project is made of, before it is text."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "flag", "date", "instant", "list"]
PERCENT, WHOLE, DECIMAL, DAY, INSTANT = "#,0.0%;-#,0.0%;#,0.0%", "#,0", "#,0.0", "yyyy-mm-dd", "yyyy-mm-dd hh:nn"


@dataclass(frozen=True)
class Column:
    """A column under its business name; `source` is what the Delta table calls it."""

    name: str
    source: str
    kind: Kind
    description: str
    is_hidden: bool = False
    is_key: bool = False
    sort_by: str | None = None


@dataclass(frozen=True)
class Measure:
    """A DAX expression under a name that people read. Without a format it gives text."""

    name: str
    dax: str
    description: str
    format: str | None
    folder: str
    is_hidden: bool = False


@dataclass(frozen=True)
class ModelTable:
    """A table of the model, read from `layer.source`; `kept` are rows of one value, `bins` {column: how many of 0 to 1}."""

    name: str
    layer: str
    source: str
    description: str
    columns: tuple[Column, ...]
    measures: tuple[Measure, ...] = ()
    is_hidden: bool = False
    is_calendar: bool = False
    kept: tuple[tuple[str, str], ...] = ()
    bins: tuple[tuple[str, int], ...] = ()

    def column(self, source: str) -> Column | None:
        """The column that the Delta table calls so."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True)
class Relationship:
    """Many rows of a table and one of another, by business names; filters go from the one to the many."""

    from_table: str
    from_column: str
    to_table: str
    to_column: str


@dataclass(frozen=True)
class Model:
    """A star: tables, and how they hang together."""

    tables: tuple[ModelTable, ...]
    relationships: tuple[Relationship, ...]

    def table(self, name: str) -> ModelTable:
        """The table of that business name."""
        return next(table for table in self.tables if table.name == name)

    def home(self, measure: str) -> str:
        """The table in which a measure stands."""
        return next(table.name for table in self.tables for each in table.measures if each.name == measure)

    def of_source(self, source: str) -> ModelTable | None:
        """The first table that is read from a table of that short name."""
        return next((table for table in self.tables if table.source == source), None)
