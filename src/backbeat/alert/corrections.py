"""Late rows change windows that are final: they are scored anew by what was expected then. No incident moves."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.alert.judged import JUST_BELOW, SURE
from backbeat.alert.look import Look
from backbeat.alert.series import instant
from backbeat.alert.tables import SCORES
from backbeat.build.plan import file_changes
from backbeat.errors import StorageError
from backbeat.lake import schemas
from backbeat.lake.lakehouse import Lakehouse

WINDOWS = "gold.activity_5m"
_CHANGED = """
select scores.*, cast(windows.`{column}` as double) as now
from scores_as_given as scores
join windows_as_they_are as windows on windows.window_start = scores.window_start
where scores.alert = :alert and scores.window_start <= :through
  and not (scores.value <=> cast(windows.`{column}` as double))"""


def corrections(lake: Lakehouse, looks: Sequence[Look]) -> list[pa.Table]:
    """Rows of activity_scores for the final windows of activity_5m whose value is another now, a table an alert.

    Only days of which files have changed since they were last looked at can have such.
    """
    newest = lake.table(WINDOWS).version()
    found = []
    for each in looks:
        table, _, column = each.alert.series.partition(".")
        if f"gold.{table}" != WINDOWS or each.watch.through is None or each.alert.series in content.alert_series():
            continue
        dates = _changed(lake, each.watch.corrected)
        if dates is None or dates:
            found += _corrected(lake, each, column, dates)
        each.watch.corrected = newest
    return found


def _corrected(lake: Lakehouse, look: Look, column: str, dates: frozenset[str] | None) -> list[pa.Table]:
    assert look.watch.through is not None
    for view, name in (("scores_as_given", SCORES), ("windows_as_they_are", WINDOWS)):
        files = lake.table(name).files()
        lake.show_apart(view, name, [file for file in files if dates is None or file.partition["window_date"] in dates])
    through = instant(look.watch.through)
    rows = lake.rows(_CHANGED.format(column=column), alert=look.alert.name, through=through)
    written = set(look.scores["window_start"].to_pylist()) if rows else set()
    again = [_rescored(row) for row in rows if row["window_start"] not in written]
    return [pa.Table.from_pylist(again, schema=schemas.ALERTS[SCORES])] if again else []


def _changed(lake: Lakehouse, since: int | None) -> frozenset[str] | None:
    """The days whose windows may be others than at a version of their table; None for all of them."""
    if since is None:
        return None
    try:
        change = file_changes(lake, WINDOWS, since)
    except StorageError:  # the log no longer goes back so far
        return None
    return change.dates if change else frozenset()


def _rescored(row: dict[str, Any]) -> dict[str, Any]:
    value = row.pop("now")
    ratio = max(_beyond(value, row, "upper", 1), _beyond(value, row, "lower", -1))
    score = ratio**2 / (1 + ratio**2)
    score = max(score, SURE) if ratio > 1 else min(score, JUST_BELOW)
    return {**row, "value": value, "score": score, "is_breach": ratio > 1}


def _beyond(value: float | None, row: dict[str, Any], bound: str, sign: int) -> float:
    """How far out, in parts of how far is allowed."""
    if value is None or row[bound] is None:
        return 0.0
    middle = row["expected"] if row["expected"] is not None else row[bound] * (1 - sign)
    allowed = sign * (row[bound] - middle)
    out = sign * (value - middle)
    return max(out / allowed, 0.0) if allowed > 0 else float(out > 0) * 10
