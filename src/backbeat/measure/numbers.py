"""The numbers of share metrics over windows: looked up where gold.kpis has them, else counted."""

from typing import Any

from backbeat import content
from backbeat.build.windows import Window
from backbeat.measure.counts import Counts, Where
from backbeat.measure.groups import shown
from backbeat.measure.kpis import kpi_row, kpis


def numbers(
    counts: Counts,
    metric: str,
    window: Window,
    *,
    by: str | None = None,
    where: Where | None = None,
    engaged_sessions: int | None = None,
) -> list[dict[str, Any]]:
    """The rows that `kpis` gives for a metric, sooner where they are stored."""
    if counts.is_up_to_date and not where and (found := stored_numbers(counts, metric, window, by, engaged_sessions)):
        return found
    asked: dict[str, Any] = {"first": window.first, "last": window.last, "engaged_sessions": engaged_sessions}
    by_slices = [by] if by else []
    return kpis(counts.lake, counts.clock, counts=counts, by=by_slices, where=where, metrics=[metric], **asked).rows


def stored_numbers(
    counts: Counts, metric: str, window: Window, by: str | None = None, engaged_sessions: int | None = None
) -> list[dict[str, Any]]:
    """The rows of gold.kpis as `kpis` gives them, from its last refresh; none where the window isn't stored."""
    known = content.metrics()[metric]
    rows = counts.stored(known, window, by, engaged_sessions)
    if not rows:
        return []
    first, groups = rows[0], shown(rows, counts.lake.config.min_group)
    version = {"definition_version": first["definition_version"]}
    return [kpi_row(known, first["threshold"], first["status"], group) | version for group in groups]
