"""Every KPI counted again: once by its own text over tables made anew, once by another text straight from silver."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from backbeat import content
from backbeat.build.kpis import kpi_selects, kpi_text, metric_threshold
from backbeat.build.plan import in_order, inputs
from backbeat.build.run import build_values, table_select
from backbeat.build.series import days_sql
from backbeat.build.windows import Window, stored_windows
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Metric, Table

Days = tuple[date, date]


def recounts(lake: Lakehouse, clock: Clock) -> Iterator[dict[str, Any]]:
    """Rows of ops.checks but for run_at: one a metric that has a second text, then one for the whole of gold.kpis."""
    for metric in content.metrics().values():
        if metric.recount:
            yield _straight(lake, clock, metric)
    yield _of_all(lake, clock)


def _straight(lake: Lakehouse, clock: Clock, metric: Metric) -> dict[str, Any]:
    """A metric's second text over every stored window, compared with what is stored."""
    stored = _stored(lake, metric)
    windows = {(window.first, window.last): window for window in stored_windows(lake.config, clock)}
    wanted = {days: window for days, window in windows.items() if _key(metric, days) in stored}
    found = _counted(lake, clock, metric, list(wanted.values())) if wanted else {}
    differing = [days for days in wanted if not _same(metric, found[days], stored[_key(metric, days)])]
    example = f"window_from={differing[0][0]}, window_to={differing[0][1]}" if differing else None
    name = f"metrics.{metric.name}: {len(wanted)} windows counted again straight from silver"
    return {"check": name, "severity": "fail", "passed": not differing, "bad_rows": len(differing), "example": example}


def _stored(lake: Lakehouse, metric: Metric) -> dict[Any, Any]:
    """What gold holds, by the days of a window; of a series by its last day."""
    if metric.table:
        return {row["day"]: row["value"] for row in lake.rows(days_sql(metric)) if row["value"] is not None}
    sql = (
        "select window_from, window_to, numerator, denominator from gold.kpis where metric = :metric and slice = 'all'"
    )
    rows = lake.rows(sql, metric=metric.name)
    return {(row["window_from"], row["window_to"]): (row["numerator"], row["denominator"]) for row in rows}


def _key(metric: Metric, days: Days) -> Any:
    return days[1] if metric.table else days


def _same(metric: Metric, counted: tuple[int, int], stored: Any) -> bool:
    if not metric.table:
        return bool(counted == stored)
    return bool(abs(counted[0] - stored * counted[1]) < 1e-6 * max(1, counted[1]))


def _counted(lake: Lakehouse, clock: Clock, metric: Metric, windows: list[Window]) -> dict[Days, tuple[int, int]]:
    text = f"select :from as first, :to as last, numerator, denominator from (\n{metric.recount}\n)"
    selects = [
        lake.engine.bind(
            text, {**window.values(clock), "threshold": metric_threshold(metric, lake.config, window.days)}
        )
        for window in windows
    ]
    lake.engine.gather("recounted", selects)
    rows = lake.rows("select * from recounted")
    return {(row["first"], row["last"]): (row["numerator"], row["denominator"]) for row in rows}


def _of_all(lake: Lakehouse, clock: Clock) -> dict[str, Any]:
    """Compute the tables that KPIs read anew from silver, then every KPI of them, and compare with gold.kpis."""
    values = build_values(lake, clock)
    stored = lake.rows("select count(*) as n from gold.kpis")[0]["n"]
    lake.engine.keep_own("stored_kpis", "select * from gold.kpis")
    for table in _behind_kpis():
        lake.engine.keep_own(f"recounted_{table.name}", table_select(lake, table, values))
        lake.stand_in(f"gold.{table.name}", f"recounted_{table.name}")
    lake.engine.gather("fresh_kpis", kpi_selects(lake, clock))
    differing = lake.engine.native("""
select count(*) as n
from (
  (select * from fresh_kpis except select * from stored_kpis)
  union all (select * from stored_kpis except select * from fresh_kpis))""")
    bad = int(differing.column("n")[0].as_py())
    name = f"gold.kpis: all {stored} values counted again from silver"
    return {"check": name, "severity": "fail", "passed": bad == 0, "bad_rows": bad, "example": None}


def _behind_kpis() -> list[Table]:
    """The gold tables that metrics and slices read, upstream first."""
    wanted = content.reads(kpi_text())
    found: list[Table] = []
    for table in reversed(in_order()):
        if f"gold.{table.name}" in wanted:
            found.insert(0, table)
            wanted |= inputs(table)
    return found
