"""What a build changed of values that had been final: by late data, other exclusions, another definition."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from backbeat import content
from backbeat.build.plan import period_base
from backbeat.build.run import Built
from backbeat.build.series import days_sql, in_unit
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.specs import Metric

Row = Mapping[str, Any]
_KPIS = "select metric, window_from, window_to, slice, slice_value, value, status from gold.kpis"


def restate(lake: Lakehouse, clock: Clock, last: Batch | None, built: Built, batch_id: int) -> None:
    """Write into ops.restatements what differs between the gold that `last` published and what was built now.

    Both are read from the Delta versions that the ledger names, so a run after a crash writes the same rows again.
    """
    if last is None:
        return
    found = [*_of_kpis(lake, last, built), *_of_series(lake, clock, last, built)]
    shared = {"batch_id": batch_id, "restated_at": lake.config.clock()}
    if found:
        lake.replace("ops.restatements", [{**row, **shared} for row in found], f"batch_id = {batch_id}")


def restated(before: Iterable[Row], after: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """The values that differ, of windows that were final before and are still there; pure.

    Rows have metric, window_from, window_to, slice, slice_value, value; those before a status, too. A group that came
    or went has no old or no new value.
    """
    before, after = list(before), list(after)
    final = {_window(row) for row in before if row["status"] == "final"} & {_window(row) for row in after}
    old, new = ({_key(row): row["value"] for row in rows if _window(row) in final} for rows in (before, after))
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            named = dict(zip(_KEY, key, strict=True))
            yield {**named, "old_value": old.get(key), "new_value": new.get(key)}


_KEY = ("metric", "window_from", "window_to", "slice", "slice_value")


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _window(row: Row) -> tuple[Any, ...]:
    return _key(row)[:3]


def _of_kpis(lake: Lakehouse, last: Batch, built: Built) -> Iterator[dict[str, Any]]:
    versions = _versions("gold.kpis", last, built)
    if versions:
        yield from restated(*(_rows_at(lake, "gold.kpis", version, _KPIS) for version in versions))


def _of_series(lake: Lakehouse, clock: Clock, last: Batch, built: Built) -> Iterator[dict[str, Any]]:
    """A series has a value a day, which is final when its day was over."""
    was = period_base(last).get("clock", {}).get("final_before")
    over = clock.day(datetime.fromisoformat(was)) if was else date.min
    for metric in content.metrics().values():
        versions = _versions(f"gold.{metric.table}", last, built) if metric.kind == "series" else ()
        if versions:
            yield from restated(*(_days_at(lake, metric, version, over) for version in versions))


def _versions(name: str, last: Batch, built: Built) -> tuple[int, ...]:
    """The table's version before and now, where there are two that differ."""
    before, now = (last.gold_versions or {}).get(name), built.versions.get(name)
    return (before, now) if before is not None and now is not None and before != now else ()


def _days_at(lake: Lakehouse, metric: Metric, version: int, over: date) -> list[dict[str, Any]]:
    name = f"gold.{metric.table}"
    if metric.column not in lake.table(name).snapshot(version)[1].names:
        return []
    rows = _rows_at(lake, name, version, days_sql(metric))
    labels = {"metric": metric.name, "slice": "all", "slice_value": "all"}
    return [
        {**labels, "window_from": row["day"], "window_to": row["day"], "value": in_unit(metric, row["value"]),
         "status": "final" if row["day"] < over else "provisional"}
        for row in rows
    ]  # fmt: skip


def _rows_at(lake: Lakehouse, name: str, version: int, sql: str) -> list[dict[str, Any]]:
    lake.show(name, version)
    return lake.rows(sql)
