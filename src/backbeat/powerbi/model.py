"""The semantic model: a star, and the measures over it."""

from dataclasses import replace

from backbeat import content
from backbeat.config import Config
from backbeat.powerbi.column_dax import column_measures
from backbeat.powerbi.metric_dax import metric_measures
from backbeat.powerbi.names import words
from backbeat.powerbi.nouns import Measure, Model, ModelTable, Relationship
from backbeat.powerbi.tables import HOME, Schemas, model_tables, parts_of


def model_of(found: Schemas, config: Config) -> Model:
    """The model of a lake; `found` are the schemas of its tables by `layer.table`."""
    bare = model_tables(found)
    star = Model(bare, relationships(bare))
    metrics = tuple(metric_measures(star, config))
    tables = tuple(replace(table, measures=_measures(star, table, metrics)) for table in bare)
    return Model(tables, star.relationships)


def relationships(tables: tuple[ModelTable, ...]) -> tuple[Relationship, ...]:
    """Days to the calendar, keys to the tables that they are the key of."""
    homes = {column.source: table for table in tables for column in table.columns if column.is_key}
    return tuple(
        Relationship(table.name, column.name, homes[one].name, key.name)
        for table in tables
        for column in table.columns
        if (one := _one_side(table, column.source)) and one in homes and homes[one] is not table
        if (key := homes[one].column(one))
    )


def _one_side(table: ModelTable, source: str) -> str | None:
    """The key that a column points to."""
    if source == content.date_column([column.source for column in table.columns]) and not table.is_calendar:
        return "date"
    return source if source.endswith("_key") else None


def _measures(star: Model, table: ModelTable, metrics: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """The metrics stand with the KPIs; the other tables have their columns'."""
    if table.name == words(HOME):
        return metrics
    if table.is_hidden or table.source not in {*content.tables()} | {"batches", "quarantine", "checks"}:
        return ()
    return tuple(column_measures(table, _parts(star, table)))


def _parts(star: Model, table: ModelTable) -> ModelTable | None:
    """The table that has the rows of a table of each customer alone."""
    source = parts_of(table.source) if table.layer == "gold" else None
    return star.of_source(source) if source else None
