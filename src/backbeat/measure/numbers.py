"""The numbers of share metrics over windows: as `kpis` gives them, or as gold.kpis has them."""

from typing import Any

from backbeat import content
from backbeat.build.windows import Window
from backbeat.measure.counts import Counts, Where
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
    """The rows that `kpis` gives for a metric."""
    asked: dict[str, Any] = {"first": window.first, "last": window.last, "engaged_sessions": engaged_sessions}
    by_slices = [by] if by else []
    return kpis(counts.lake, counts.clock, counts=counts, by=by_slices, where=where, metrics=[metric], **asked).rows


def stored_numbers(
    counts: Counts, metric: str, window: Window, *, engaged_sessions: int | None = None
) -> list[dict[str, Any]]:
    """The row for all that gold.kpis has had since its last refresh, as `kpis` gave it then; none where it has none."""
    known = content.metrics()[metric]
    return [
        kpi_row(known, row["threshold"], row["status"], row) | {"definition_version": row["definition_version"]}
        for row in counts.stored(known, window, (), engaged_sessions)
    ]
