"""Bring gold up to date: what changed upstream, computed, checked, then swapped in one commit a table."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.build.checks import first_failure
from backbeat.build.exclusions import exclusion_selects
from backbeat.build.kpis import kpi_selects
from backbeat.build.plan import (
    Change,
    clock_state,
    definition,
    file_changes,
    in_order,
    inputs,
    period_base,
    silver_changes,
    spread,
    table_change,
    texts,
)
from backbeat.build.standing import (
    closing_date,
    closing_selects,
    keep_open,
    moved_rows,
    open_after,
    replaced_files,
    seen_dates,
    that_stands,
)
from backbeat.build.stretches import shown_stretches
from backbeat.build.values import table_values
from backbeat.build.windows import Window, stored_windows
from backbeat.content import with_relations
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.delta import Commit, DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.specs import Table


@dataclass
class Built:
    """What a build did: versions of every gold table, what was left waiting, was rebuilt and why, failed its checks."""

    versions: dict[str, int]
    built_from: dict[str, Any]
    waiting: frozenset[str] = frozenset()
    rebuilt: dict[str, Change] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)


def build(
    lake: Lakehouse,
    clock: Clock,
    last: Batch | None,
    on_table: Callable[[str], None] = lambda _: None,
    again: Collection[str] = (),
    *,
    only_batch: bool = False,
) -> Built:
    """Compute every gold table that has to be, upstream first; `last` is the last batch whose gold was built.

    `again` are days to compute although nothing changed, as `run --rebuild` asks; `only_batch` leaves tables of
    `refresh: period` as they are, to be brought up to date by a later build. A table whose `fail` checks find bad rows keeps its last good version, and so do the tables that read it.
    """
    values = build_values(lake, clock)
    waiting = {table.name for table in in_order() if only_batch and last and table.refresh == "period"}
    built = _start(lake, clock, last, waiting)
    for table, change in needed(lake, clock, last, values, built, again):
        on_table(table.name)
        _materialise(lake, table, change, values, built)
    for name in built.shared:
        lake.engine.drop(f"shared_{name}")
    for table in in_order():
        if table.name not in {*built.failed, *waiting}:
            built.built_from["definitions"][table.name] = definition(table, values)
    return built


def needed(
    lake: Lakehouse,
    clock: Clock,
    last: Batch | None,
    values: Mapping[str, Any],
    built: Built,
    again: Collection[str] = (),
) -> Iterator[tuple[Table, Change]]:
    """The tables to compute, upstream first, each with what of it and why.

    A generator, so that tables below one that failed are left, and below one that came out as it was stand.
    """
    changes = _changes(lake, last, again, is_whole=not built.waiting)
    for table in in_order():
        if table.name in built.waiting:
            continue
        change = table_change(table, changes[table.refresh], last, clock, values)
        if change and not _reads_failed(table, built.failed):
            yield table, _whole_if_unpublished(lake, table, change, built)
            if table.name in built.rebuilt:
                moved = moved_rows(table, built.rebuilt[table.name], clock, values)
                for known in changes.values():
                    known[f"gold.{table.name}"] = _both(known.get(f"gold.{table.name}"), moved)


def _whole_if_unpublished(lake: Lakehouse, table: Table, change: Change, built: Built) -> Change:
    """The change, or all of the table where its newest rows are not those that were published last.

    Then a run that was killed, or whose checks failed, has left them, perhaps by another definition.
    """
    stored, version = lake.table(f"gold.{table.name}"), built.versions.get(f"gold.{table.name}")
    if change.dates is None or version is None or stored.version() == version:
        return change
    if stored.snapshot(version) == stored.snapshot():
        return change
    return Change(None, "its newest rows were never published")


def _changes(
    lake: Lakehouse, last: Batch | None, again: Collection[str], *, is_whole: bool
) -> dict[str, dict[str, Change]]:
    """What changed since tables of each kind of refresh were built; period ones may have been left behind."""
    before = ((last.built_from or {}) if last else {}).get("silver", {})
    base = period_base(last)
    batch = silver_changes(lake, before, again)
    if not is_whole:
        return {"batch": batch}
    period = dict(batch) if base.get("silver", {}) == before else silver_changes(lake, base["silver"], again)
    ahead = _moved_ahead(lake, base["gold"]) if "gold" in base else {}
    return {"batch": batch, "period": period | ahead}


def _moved_ahead(lake: Lakehouse, known: Mapping[str, int]) -> dict[str, Change]:
    """What changed in tables of `refresh: batch` since others were left behind; one that was none then, by all its rows."""
    names = [f"gold.{table.name}" for table in in_order() if table.refresh == "batch"]
    changes = {
        name: file_changes(lake, name, known[name])
        if name in known
        else Change(None, f"{name} comes with every batch now")
        for name in names
    }
    return {name: change for name, change in changes.items() if change}


def _both(one: Change | None, other: Change) -> Change:
    if one is None:
        return other
    dates = None if one.dates is None or other.dates is None else one.dates | other.dates
    return Change(dates, other.why)


def build_values(lake: Lakehouse, clock: Clock) -> dict[str, Any]:
    """The parameters of gold tables, and the settings that KPIs depend on."""
    config = lake.config
    settings = (config.timezone, config.window_days, config.engaged_sessions, config.min_group)
    exclusions = content.exclusions(config.exclusions)
    return table_values(config, clock) | {"kpi_settings": settings, "clock": clock, "exclusions": exclusions}


def _start(lake: Lakehouse, clock: Clock, last: Batch | None, waiting: Collection[str]) -> Built:
    silver = {name: lake.table(name).version() for name in lake.names() if name.startswith("silver.")}
    before = (last.built_from or {}) if last else {}
    state = {
        "silver": silver,
        "clock": clock_state(clock),
        "timezone": lake.config.timezone,
        "definitions": dict(before.get("definitions", {})),
    }
    versions = dict((last.gold_versions or {}) if last else {})
    if waiting:
        state["period"] = _left_behind(last, versions)
    return Built(versions, state, frozenset(waiting))


def _left_behind(last: Batch | None, versions: Mapping[str, int]) -> dict[str, Any]:
    """What waiting tables were built from, the versions of the gold tables that don't wait for them included."""
    base = period_base(last)
    ahead = {f"gold.{table.name}" for table in in_order() if table.refresh == "batch"}
    now = {name: version for name, version in versions.items() if name in ahead}
    return {"silver": base["silver"], "clock": base["clock"], "gold": base.get("gold", now)}


def _reads_failed(table: Table, failed: Collection[str]) -> bool:
    return bool(inputs(table) & {f"gold.{name}" for name in failed})


def _materialise(lake: Lakehouse, table: Table, change: Change, values: Mapping[str, Any], built: Built) -> None:
    name, after = f"gold.{table.name}", open_after(table, change, values)
    standing = _standing_windows(lake, table, change, values, built)
    _show_inputs(lake, table, change, after)
    if table.made_from == "metrics" and _moving_windows(lake, standing, values) > lake.engine.holds_windows:
        _hold_inputs(lake, table)
    known = {**values, "open_after": after} if after else values
    shared = _share(lake, table, (change.dates, after, table.looks_back), known, built)
    sql = _of_dates(table, change, table_select(lake, table, known, standing, shared))
    schema = _schema(lake, table, sql)
    lake.table(name).create(schema, table.partition)
    _demand_partition(lake, table)
    if change.dates is not None and lake.table(name).schema() != schema:
        _materialise(lake, table, Change(None, "its columns changed"), values, built)
        return
    if after:
        _replace_open(lake, table, change, sql, after, built)
        return
    closed, is_input = closing_date(table, values["clock"], values), _is_whole_input(table)
    if closed or is_input:
        lake.engine.keep_own("fresh", sql)
        sql = "select * from fresh"
        if is_input and _stands(lake, name, schema, built):
            return
    _swap(lake, table, change, closing_selects(table, sql, closed), schema, built, _replaced(lake, table, change))


def _replace_open(lake: Lakehouse, table: Table, change: Change, sql: str, after: date, built: Built) -> None:
    """Compute the open rows, check them alone, and write them beside those that stand."""
    name, removes = f"gold.{table.name}", replaced_files(lake, table, after)
    lake.show(name, built.versions[name])
    keep_open(lake, table, sql, after)
    with lake.instead(name, "fresh"):
        bad = first_failure(lake, table)
    if bad:
        built.failed[table.name] = bad
        return
    lake.show_files(name, removes, lake.table(name).schema())
    adds = _stage(lake, table, f"select * from {name} where {that_stands(table, after)}", "select * from fresh")
    if adds or removes:
        _commit(lake, table, change, Commit(adds, removes), built)
    else:
        lake.show(name)


def _stage(lake: Lakehouse, table: Table, *selects: str) -> list[DataFile]:
    """Write rows: those of each SELECT in files of their own where a table grows with the customers, else all in one.

    So the next build need not write again what stands.
    """
    apart = selects if table.is_about_persons else [" union all ".join(selects)]
    return [file for sql in apart for file in lake.stage(f"gold.{table.name}", sql)]


def _stage_days(lake: Lakehouse, table: Table, sql: str) -> list[DataFile]:
    """Write all days of a table, a stretch of them at a time."""
    column, name = str(table.partition), f"gold.{table.name}"
    return [file for stretch in shown_stretches(lake, table) for file in lake.stage(name, stretch.of(column, sql))]


def _swap(
    lake: Lakehouse,
    table: Table,
    change: Change,
    selects: Sequence[str],
    schema: pa.Schema,
    built: Built,
    removes: Sequence[DataFile],
) -> None:
    """Write new rows beside the old ones, check them, and swap them in, in one commit."""
    name = f"gold.{table.name}"
    is_long = table.partition and change.is_whole
    adds = _stage_days(lake, table, " union all ".join(selects)) if is_long else _stage(lake, table, *selects)
    lake.show_files(name, adds, schema)
    if bad := first_failure(lake, table):
        built.failed[table.name] = bad
        lake.show(name, built.versions.get(name))
        return
    is_new_schema = lake.table(name).schema() != schema
    _commit(lake, table, change, Commit(adds, schema=schema) if is_new_schema else Commit(adds, removes), built)


def _commit(lake: Lakehouse, table: Table, change: Change, commit: Commit, built: Built) -> None:
    name = f"gold.{table.name}"
    if commit.adds or commit.removes or commit.schema:
        lake.commit(name, commit)
    lake.show(name)
    built.versions[name] = lake.table(name).version()
    built.rebuilt[table.name] = change


def _share(lake: Lakehouse, table: Table, asked: Any, values: Mapping[str, Any], built: Built) -> frozenset[str]:
    """The relations that a table reads as its parts do, each computed once for both where the same of it is asked."""
    shared = frozenset[str]()
    for name in content.shared_relations(table.name):
        if built.shared.get(name) != asked:
            lake.engine.keep(f"shared_{name}", with_relations(f"select * from {name}", shared=shared), values)
            built.shared[name] = asked
        shared |= {name}
    return shared


def _show_inputs(lake: Lakehouse, table: Table, change: Change, after: date | None) -> None:
    dates = None if change.dates is None else spread(change.dates, table.margin_days)
    for name in inputs(table):
        if after:
            lake.show(name, dates=seen_dates(lake, table, name, after))
            continue
        lake.show(name, dates=dates if table.partition else None)


def _moving_windows(lake: Lakehouse, standing: Collection[Window], values: Mapping[str, Any]) -> int:
    return sum(1 for window in stored_windows(lake.config, values["clock"]) if window not in standing)


def _hold_inputs(lake: Lakehouse, table: Table) -> None:
    for name in inputs(table):
        lake.hold(name, used_columns(table, lake.table(name).schema().names))


def used_columns(table: Table, names: Sequence[str]) -> list[str]:
    """The columns, of those of an input, that the texts of a table mention."""
    words = set(re.findall(r"\w+", " ".join(texts(table))))
    return [name for name in names if name in words]


def table_select(
    lake: Lakehouse,
    table: Table,
    values: Mapping[str, Any],
    standing: Collection[Window] = (),
    shared: frozenset[str] = frozenset(),
) -> str:
    """All of a gold table as a SELECT in the engine's SQL; its inputs must be shown.

    Of KPIs `standing` ones are kept; relations that are `shared` are read from their temporary tables.
    """
    if table.made_from in ("sql", "relation"):
        return lake.engine.bind(with_relations(table.sql, shared=shared), values)
    if table.made_from == "metrics":
        selects = kpi_selects(lake, values["clock"], standing)
    else:
        selects = exclusion_selects(lake.engine, values["exclusions"], values)
    lake.engine.gather(f"gathered_{table.name}", selects)
    return f"select * from gathered_{table.name}"


def _standing_windows(
    lake: Lakehouse, table: Table, change: Change, values: Mapping[str, Any], built: Built
) -> Collection[Window]:
    """The windows of KPIs that no changed day can have changed: they were final, and ended before the first of these."""
    version = built.versions.get(f"gold.{table.name}")
    if table.made_from != "metrics" or change.dates is None or version is None:
        return ()
    lake.show("gold.kpis", version)
    first = min(change.dates, default=date.max.isoformat())
    sql = """
select distinct window_kind, window_from, window_to
from gold.kpis
where status = 'final' and window_to < :first and window_to < :final_date"""
    rows = lake.rows(sql, first=date.fromisoformat(first), final_date=values["final_date"])
    return {Window(row["window_kind"], row["window_from"], row["window_to"]) for row in rows}


def _of_dates(table: Table, change: Change, sql: str) -> str:
    if change.dates is None or not table.partition:
        return sql
    listed = ", ".join(f"date '{day}'" for day in sorted(change.dates))
    return f"select * from ({sql}) where {table.partition} in ({listed})"


def _is_whole_input(table: Table) -> bool:
    """Whether tables that are worth sparing are made from a table that is replaced whole: all but what sums up KPIs."""
    name = f"gold.{table.name}"
    is_whole = not table.partition and table.made_from != "metrics"
    return is_whole and any(name in inputs(other) for other in in_order())


def _stands(lake: Lakehouse, name: str, schema: pa.Schema, built: Built) -> bool:
    """Whether a table came out as it was published, so that those made from it need not be made again."""
    stored = lake.table(name)
    version = built.versions.get(name)
    if version is None or stored.version() != version or stored.schema() != schema:
        return False
    lake.show(name, version)
    return lake.engine.same("fresh", name)


def _demand_partition(lake: Lakehouse, table: Table) -> None:
    kept = lake.table(f"gold.{table.name}").partition()
    if kept != table.partition:
        raise UsageError(
            f"lakehouse/gold/{table.name}.yml says partition: {table.partition or 'none'}, and the lake's table is kept by "
            f"{kept or 'none'}: change it back, or remove {lake.table(f'gold.{table.name}').uri} and run again"
        )


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
