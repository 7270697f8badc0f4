"""From a raw folder to a World: taken files, valid rows, one row a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from tests.oracle.contract import SOURCES, Names, Source
from tests.oracle.derive import derive_sessions
from tests.oracle.discover import Found, discover
from tests.oracle.nouns import Counts, Day, File, Quarantined, Row, Stamp, World
from tests.oracle.parquet import read_parquet
from tests.oracle.rows import Reading, Rules, read_rows, schema_problem
from tests.oracle.times import start_of_day


def read_raw(
    root: str | Path,
    *,
    timezone: str = "UTC",
    mapping: Mapping[str, Names] | None = None,
    sequence_by: Mapping[str, str] | None = None,
    max_future: timedelta = timedelta(hours=1),
    earliest: date = date(2000, 1, 1),
    session_gap: timedelta = timedelta(minutes=30),
) -> World:
    """Everything a raw folder holds now.

    `mapping` is {source: {contract column: raw name or names}}, its names coming before the contract's own;
    `sequence_by` is {source: raw column}.
    """
    zone = ZoneInfo(timezone)
    rules = Rules(zone, max_future, start_of_day(earliest, zone), {}, None)
    world = World(zone, {}, [], [], {}, 0)
    for source in SOURCES:
        own = replace(
            rules, mapping=(mapping or {}).get(source.name, {}), sequence_by=(sequence_by or {}).get(source.name)
        )
        world = _with_source(world, source, discover(Path(root), source.name), own)
    return _with_derived_sessions(world, session_gap)


def _with_source(world: World, source: Source, found: list[Found], rules: Rules) -> World:
    files: list[File] = []
    judged: list[Row | Quarantined] = []
    for each in found:
        if not each.is_hidden:
            file, rows = _take(source, each, rules)
            files.append(file)
            judged.extend(rows)
    quarantined = [row for row in judged if isinstance(row, Quarantined)]
    valid = [row for row in judged if not isinstance(row, Quarantined)]
    kept = _last_of_each_key(source, valid)
    counts = Counts(len(judged), len(kept), len(quarantined), len(valid) - len(kept))
    return replace(
        world,
        silver={**world.silver, source.name: kept},
        quarantine=world.quarantine + quarantined,
        files=world.files + files,
        counts={**world.counts, source.name: counts},
        hidden_files=world.hidden_files + sum(each.is_hidden for each in found),
    )


def _take(source: Source, found: Found, rules: Rules) -> tuple[File, list[Row | Quarantined]]:
    file = File(found.path, source.name, found.size, found.modified_at, "rejected", None)
    try:
        reading = Reading(source, found, read_parquet(found.file), rules)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        return replace(file, reason=f"its bytes can't be read: {error}"), []
    problem = schema_problem(reading)
    if problem:
        return replace(file, reason=problem), []
    return replace(file, state="taken", rows=reading.raw.rows), list(read_rows(reading))


def _last_of_each_key(source: Source, rows: Iterable[Row]) -> list[Row]:
    last: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in source.key)
        if key not in last or _precedence(row) > _precedence(last[key]):
            last[key] = row
    return list(last.values())


def _precedence(row: Row) -> tuple[Any, ...]:
    return _rank(row["_sequence"]), row["_file_modified_at"], row["_source_file"], row["_row_number"]


def _rank(value: Any) -> tuple[Any, ...]:
    """Sequence values in order: none, then numbers, times and text, each among themselves."""
    if value is None:
        return (0,)
    if isinstance(value, Stamp):
        return (2, value.count * (1_000_000_000 // value.per_second))
    if isinstance(value, Day):
        return (2, value.count * 86_400_000_000_000)
    return (3, value) if isinstance(value, str) else (1, value)


def _with_derived_sessions(world: World, gap: timedelta) -> World:
    """Where the lake has no sessions of its own, those that its events tell of."""
    if world.silver["sessions"]:
        return world
    return replace(world, silver={**world.silver, "sessions": derive_sessions(world.silver["events"], world.zone, gap)})
