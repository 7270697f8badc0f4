"""gold.activity_scores and gold.alerts: rows put in place of older ones of the same key, in one commit a table."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from backbeat import content
from backbeat.lake import schemas
from backbeat.lake.delta import Commit
from backbeat.lake.lakehouse import Lakehouse

SCORES, INCIDENTS = "gold.activity_scores", "gold.alerts"
ASKED_FOR = "(:state is null or state = :state) and (:every or severity <> 'info')"
"""The condition of incidents that people are shown: of a state, and those that are there to compare only if asked for."""


def write_scores(lake: Lakehouse, rows: pa.Table) -> None:
    """Put scores into the days they belong to."""
    days = {day.isoformat() for day in rows["window_date"].unique().to_pylist()}
    _put(lake, SCORES, rows, days)


def write_incidents(lake: Lakehouse, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put incidents as they now are."""
    _put(lake, INCIDENTS, pa.Table.from_pylist([dict(row) for row in rows], schema=schemas.ALERTS[INCIDENTS]), None)


def _put(lake: Lakehouse, name: str, rows: pa.Table, days: Collection[str] | None) -> None:
    """The old rows of these days (all) that no new one replaces, and the new ones, in place of the old files."""
    if not rows.num_rows:
        return
    table = content.tables()[name.removeprefix("gold.")]
    lake.show(name, None, days)
    old = [file for file in lake.table(name).files() if days is None or file.partition["window_date"] in days]
    same = " and ".join(f"new.{column} = old.{column}" for column in table.key)
    columns = ", ".join(table.columns)
    kept = f"select {columns} from {name} as old where not exists (select 1 from new_rows as new where {same})"
    with lake.engine.offered("new_rows", rows):
        files = lake.stage(name, f"{kept} union all select {columns} from new_rows")
    lake.commit(name, Commit(files, old))
    lake.show(name)


def local_days(lake: Lakehouse, starts: pa.Array) -> pa.Array:
    """The day of each instant, in the lake's zone."""
    return pc.local_timestamp(starts.cast(pa.timestamp("us", tz=lake.config.timezone))).cast(pa.date32())
