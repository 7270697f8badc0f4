"""Metrics that are a column of a gold table: which day a row is of, and its value in the metric's unit."""

from math import floor

from backbeat import content
from backbeat.errors import UsageError
from backbeat.specs import Metric


def day_column(metric: Metric) -> str:
    """The column of a series' table that says which day a row is of; raises UsageError where a row is of more."""
    key = content.tables()[str(metric.table)].key
    if len(key) != 1:
        raise UsageError(f"lakehouse/metrics/{metric.name}.yml: gold.{metric.table} has no single row a day")
    return key[0]


def days_sql(metric: Metric) -> str:
    """A SELECT of day and value (a fraction, where that is so in the table), a row a day."""
    return f"select {day_column(metric)} as day, {metric.column} as value from gold.{metric.table}"


def in_unit(metric: Metric, value: float | None) -> float | None:
    """A fraction as percent, where that is the unit; half up to two decimals."""
    if value is None:
        return None
    return floor(value * (10000 if metric.unit == "percent" else 100) + 0.5) / 100
