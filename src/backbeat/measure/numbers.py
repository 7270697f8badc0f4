"""The numbers of share metrics over windows: looked up where gold.kpis has them, else counted by `kpis`."""

from collections.abc import Mapping, Sequence
from typing import Any

from backbeat import content
from backbeat.build.kpis import metric_threshold
from backbeat.build.windows import Window
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.groups import shown
from backbeat.measure.kpis import kpi_row, kpis

STORED = """
select distinct slice, slice_value, numerator, denominator, threshold, status, definition_version
from gold.kpis
where metric = :metric and window_from = :from and window_to = :to and slice in ('all', :by)"""


def numbers(
    lake: Lakehouse,
    clock: Clock,
    metric: str,
    window: Window,
    *,
    by: str | None = None,
    where: Mapping[str, Sequence[str]] | None = None,
    engaged_sessions: int | None = None,
) -> list[dict[str, Any]]:
    """The rows that `kpis` gives for a metric, sooner where they are stored."""
    limit = metric_threshold(content.metrics()[metric], lake.config, window.days, engaged_sessions)
    if not where and (found := _stored(lake, metric, window, by, limit)):
        return found
    answer = kpis(
        lake,
        clock,
        first=window.first,
        last=window.last,
        engaged_sessions=engaged_sessions,
        by=[by] if by else [],
        where=where,
        metrics=[metric],
    )
    return answer.rows


def _stored(lake: Lakehouse, metric: str, window: Window, by: str | None, limit: int | None) -> list[dict[str, Any]]:
    rows = lake.rows(STORED, metric=metric, by=by or "all", **{"from": window.first, "to": window.last})
    if not rows or rows[0]["threshold"] != limit:
        return []
    first, groups = rows[0], shown(rows, lake.config.min_group)
    version = {"definition_version": first["definition_version"]}
    return [kpi_row(content.metrics()[metric], limit, first["status"], group) | version for group in groups]
