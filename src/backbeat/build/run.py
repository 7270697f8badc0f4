"""Bring gold up to date: what changed upstream, computed, checked, then swapped in one commit a table."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from backbeat.build.checks import first_failure
from backbeat.build.kpis import kpi_selects
from backbeat.build.plan import (
    Change,
    clock_state,
    definition,
    in_order,
    inputs,
    silver_changes,
    spread,
    table_change,
    texts,
)
from backbeat.build.values import table_values
from backbeat.content import Table, with_relations
from backbeat.engines.dialect import to_duckdb
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.delta import Commit, DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch


@dataclass
class Built:
    """What a build did: versions of every gold table, what was rebuilt and why, what failed its checks."""

    versions: dict[str, int]
    built_from: dict[str, Any]
    rebuilt: dict[str, Change] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def build(
    lake: Lakehouse,
    clock: Clock,
    last: Batch | None,
    on_table: Callable[[str], None] = lambda _: None,
    again: Collection[str] = (),
) -> Built:
    """Compute every gold table that has to be, upstream first; `last` is the last batch whose gold was built.

    `again` are days to compute although nothing changed, as `run --rebuild` asks. A table whose `fail` checks find bad rows keeps its last good version, and so do the tables that read it.
    """
    values = build_values(lake, clock)
    built = _start(lake, clock, last)
    for table, change in needed(lake, clock, last, values, built.failed, again):
        on_table(table.name)
        _materialise(lake, table, change, values, built)
    for table in in_order():
        if table.name not in built.failed:
            built.built_from["definitions"][table.name] = definition(table, values)
    return built


def needed(
    lake: Lakehouse,
    clock: Clock,
    last: Batch | None,
    values: Mapping[str, Any],
    failed: Collection[str],
    again: Collection[str] = (),
) -> Any:
    """The tables to compute, upstream first, each with what of it and why; a generator, so that failures spread."""
    before = ((last.built_from or {}) if last else {}).get("silver", {})
    changes = silver_changes(lake, before, again)
    for table in in_order():
        change = table_change(table, changes, last, clock, values)
        if change and not _reads_failed(table, failed):
            changes[f"gold.{table.name}"] = change
            yield table, change


def build_values(lake: Lakehouse, clock: Clock) -> dict[str, Any]:
    """The parameters of gold tables, and the settings that KPIs depend on."""
    config = lake.config
    settings = (config.timezone, config.window_days, config.engaged_sessions, config.min_group)
    return table_values(config, clock) | {"kpi_settings": settings, "clock": clock}


def _start(lake: Lakehouse, clock: Clock, last: Batch | None) -> Built:
    silver = {name: lake.table(name).version() for name in lake.names() if name.startswith("silver.")}
    before = (last.built_from or {}) if last else {}
    state = {
        "silver": silver,
        "clock": clock_state(clock),
        "timezone": lake.config.timezone,
        "definitions": dict(before.get("definitions", {})),
    }
    return Built(dict((last.gold_versions or {}) if last else {}), state)


def _reads_failed(table: Table, failed: Collection[str]) -> bool:
    return bool(inputs(table) & {f"gold.{name}" for name in failed})


def _materialise(lake: Lakehouse, table: Table, change: Change, values: Mapping[str, Any], built: Built) -> None:
    name = f"gold.{table.name}"
    _show_inputs(lake, table, change)
    sql = _select(lake, table, change, values)
    schema = _schema(lake, table, sql)
    lake.table(name).create(schema, table.partition)
    adds = lake.stage(name, sql)
    lake.show_files(name, adds, schema)
    if bad := first_failure(lake, table):
        built.failed[table.name] = bad
        lake.show(name, built.versions.get(name))
        return
    removes = _replaced(lake, table, change)
    if adds or removes:
        lake.commit(name, Commit(adds, removes))
    lake.show(name)
    built.versions[name] = lake.table(name).version()
    built.rebuilt[table.name] = change


def _show_inputs(lake: Lakehouse, table: Table, change: Change) -> None:
    dates = None if change.dates is None else spread(change.dates, table.margin_days)
    for name in inputs(table):
        lake.show(name, dates=dates if table.partition else None)
        if table.made_from == "metrics":
            lake.hold(name, used_columns(table, lake.table(name).schema().names))


def used_columns(table: Table, names: Sequence[str]) -> list[str]:
    """The columns, of those of an input, that the texts of a table mention."""
    words = set(re.findall(r"\w+", " ".join(texts(table))))
    return [name for name in names if name in words]


def _select(lake: Lakehouse, table: Table, change: Change, values: Mapping[str, Any]) -> str:
    if table.made_from == "metrics":
        lake.engine.gather("gathered_kpis", kpi_selects(lake.config, values["clock"]))
        return "select * from gathered_kpis"
    sql = to_duckdb(with_relations(table.sql), values)
    if change.dates is None or not table.partition:
        return sql
    listed = ", ".join(f"date '{day}'" for day in sorted(change.dates))
    return f"select * from ({sql}) where {table.partition} in ({listed})"


def _schema(lake: Lakehouse, table: Table, sql: str) -> pa.Schema:
    schema = lake.engine.schema(sql)
    if tuple(schema.names) != table.columns:
        raise UsageError(
            f"lakehouse/gold/{table.name}.yml lists the columns {', '.join(table.columns)}; "
            f"its SQL gives {', '.join(schema.names)}: make them equal"
        )
    return schema


def _replaced(lake: Lakehouse, table: Table, change: Change) -> list[DataFile]:
    files = lake.table(f"gold.{table.name}").files()
    if change.dates is None or not table.partition:
        return files
    return [file for file in files if file.partition[table.partition] in change.dates]
