"""Where a metric comes from: its words, its SQL, the tables behind it, its last values, the raw files of a day."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from backbeat import content
from backbeat.build.plan import watched
from backbeat.build.series import days_sql, in_unit
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.exclusions import excluded_by_rule
from backbeat.measure.question import metric_named
from backbeat.specs import Metric

LAST = 12
"""How many of the last values are shown."""


@dataclass(frozen=True)
class Explanation:
    """`tables` go upstream from the metric; `files` are rows of source, file, batch_id, arrived_at, rows of `day`.

    `values` are rows of window_from, window_to, value, status; `restated` those of ops.restatements, newest first.
    """

    metric: Metric
    sql: str
    tables: list[dict[str, Any]]
    values: list[dict[str, Any]]
    restated: list[dict[str, Any]]
    exclusions: list[dict[str, Any]]
    day: date | None
    files: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """The explanation as JSON."""
        return {
            **self.about(),
            "sql": self.sql,
            "tables": self.tables,
            "values": self.values,
            "restated": self.restated,
            "exclusions": self.exclusions,
            "date": self.day and self.day.isoformat(),
            "files": self.files,
        }

    def about(self) -> dict[str, Any]:
        """What the metric's file says of it."""
        metric = self.metric
        names = ("title", "question", "definition", "numerator", "denominator", "unit", "better", "target", "owner")
        shown = {name: getattr(metric, name) for name in (*names, "version", "kind")}
        return {"metric": metric.name, **shown, "slices": [*metric.slices]}


def explain(lake: Lakehouse, clock: Clock, name: str, *, day: date | None = None) -> Explanation:
    """Everything behind a metric; `day` is the one whose raw files are named, as_of's if none is given."""
    metric = metric_named(name)
    sql = content.with_relations(content.tables()[metric.table].sql if metric.table else metric.sql)
    behind = _behind(lake, {f"gold.{metric.table}"} if metric.table else content.reads(sql))
    day = day or (clock.day(clock.as_of) if clock.as_of else None)
    files = [row for table in behind if day for row in _files(lake, table, day)]
    values = _days(lake, clock, metric) if metric.table else _windows(lake, metric)
    tables = [_described(table) for table in behind]
    return Explanation(metric, sql, tables, values, _restated(lake, metric), excluded_by_rule(lake), day, files)


def _behind(lake: Lakehouse, first: AbstractSet[str]) -> list[str]:
    """Tables, each before those it is made from."""
    exclusions = content.exclusions(lake.config.exclusions)
    found: list[str] = []
    pending = sorted(first)
    while pending:
        found += [name for name in pending if name not in found]
        tables = [content.tables()[name.removeprefix("gold.")] for name in pending if name.startswith("gold.")]
        pending = sorted({name for table in tables for name in watched(table, exclusions)} - set(found))
    return found


def _described(name: str) -> dict[str, Any]:
    layer, _, short = name.partition(".")
    if layer == "ops":
        return {"table": name, "grain": "one row per batch", "description": "the ledger"}
    table = content.tables()[short] if layer == "gold" else content.sources()[short]
    return {"table": name, "grain": table.grain, "description": table.description}


def _windows(lake: Lakehouse, metric: Metric) -> list[dict[str, Any]]:
    sql = f"""
select window_kind, window_from, window_to, numerator, denominator, value, threshold, status, definition_version
from gold.kpis
where metric = :metric and slice = 'all' and window_kind in ('default', 'month')
order by window_to desc, window_kind
limit {LAST}"""
    return lake.rows(sql, metric=metric.name)


def _days(lake: Lakehouse, clock: Clock, metric: Metric) -> list[dict[str, Any]]:
    sql = f"{days_sql(metric)} order by day desc limit {LAST}"
    return [
        {"window_from": row["day"], "window_to": row["day"], "value": in_unit(metric, row["value"]),
         "status": clock.status(row["day"])}
        for row in lake.rows(sql)
    ]  # fmt: skip


def _restated(lake: Lakehouse, metric: Metric) -> list[dict[str, Any]]:
    if not lake.table("ops.restatements").exists():
        return []
    lake.show("ops.restatements")
    sql = f"""
select window_from, window_to, old_value, new_value, batch_id, restated_at
from ops.restatements
where metric = :metric and slice = 'all'
order by restated_at desc, window_to desc
limit {LAST}"""
    return lake.rows(sql, metric=metric.name)


def _files(lake: Lakehouse, table: str, day: date) -> Iterator[dict[str, Any]]:
    """The raw files behind a silver table: of a source by day those of the day, of another all."""
    layer, _, source = table.partition(".")
    if layer != "silver":
        return
    partition = content.sources()[source].partition_column
    kept = f"where {partition} = :day" if partition else ""
    yield from lake.rows(
        f"""
select '{source}' as source, _source_file as file, _batch_id as batch_id,
  max(_file_modified_at) as arrived_at, count(*) as rows
from {table} {kept}
group by _source_file, _batch_id
order by _source_file, _batch_id""",
        day=day,
    )
