"""Metrics that are a column of a gold table: their value on a day."""

from datetime import date

from backbeat.build.series import days_sql, in_unit
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Metric


def series_value(lake: Lakehouse, metric: Metric, day: date) -> float | None:
    """A series on a day, in the metric's unit and rounded half up to two decimals; None where there is no value."""
    found = lake.rows(f"select value from ({days_sql(metric)}) where day = :day", day=day)
    return in_unit(metric, found[0]["value"]) if found else None
