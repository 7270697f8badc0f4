"""Is everything there that a run needs? Each finding says what to do where it is not."""

import os
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from backbeat import config, content
from backbeat.api import Lake, open_lake
from backbeat.errors import BackbeatError, UsageError
from backbeat.ingest.discover import RawFile, inspect, listing
from backbeat.ingest.places import demand_apart, demand_files, demand_raw
from backbeat.lake.storage import Store

LOOKED_AT = 10
"""Files of a source at either end of time, whose columns are looked at."""


def examine(flags: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of what, ok, found."""
    settings = _finding("settings", lambda: _settings(flags))
    if not settings["ok"]:
        return [settings]
    lake = open_lake(**flags)
    loaded = lake.config
    return [
        _finding("python", _python),
        settings,
        _finding("content files", _content),
        _finding("raw folder", lambda: _raw(loaded)),
        *([_finding("exclusions", lambda: _exclusions(loaded))] if loaded.exclusions else []),
        *([_finding("mappings", lambda: _mappings(loaded))] if loaded.sources else []),
        _finding("lake", lambda: _lake(lake)),
        _finding("engine", lambda: _engine(loaded)),
        _finding("machine", _machine),
    ]


def _finding(what: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"what": what, "ok": True, "found": look()}
    except (BackbeatError, OSError) as error:
        return {"what": what, "ok": False, "found": str(error)}


def _python() -> str:
    return f"{platform.python_version()} on {sys.platform}"


def _settings(flags: Mapping[str, Any]) -> str:
    loaded = open_lake(**flags).config
    return f"raw {loaded.raw}, lake {loaded.lake}, timezone {loaded.timezone}, engine {loaded.engine}"


def _content() -> str:
    return f"{len(content.sources())} sources, {len(content.tables())} gold tables, {len(content.metrics())} metrics"


def _exclusions(loaded: config.Config) -> str:
    return f"{len(content.exclusions(loaded.exclusions).rules)} rules in {loaded.exclusions}"


def _raw(loaded: config.Config) -> str:
    raw = Store(loaded.raw)
    demand_raw(raw)
    demand_apart(raw, Store(loaded.lake))
    demand_files(raw)
    counts = {name: len(listing(raw, name).entries) for name in content.sources()}
    return ", ".join(f"{count} {name}" for name, count in counts.items()) + " files"


def _mappings(loaded: config.Config) -> str:
    """Whether raw columns that the settings name are in the newest or oldest files of their source."""
    for source, given in loaded.sources.items():
        named = [*given.columns.values(), *([given.sequence_by] if given.sequence_by else [])]
        there = _columns_of_some(loaded, source)
        for name in named:
            if there and name.casefold() not in there:
                raise UsageError(f"no file of {source} has a column '{name}': mend [sources.{source}] in the settings")
    return f"what is named in the settings of {', '.join(loaded.sources)} is in the files"


def _columns_of_some(loaded: config.Config, source: str) -> set[str]:
    raw = Store(loaded.raw)
    by_age = sorted(listing(raw, source).entries, key=lambda entry: entry.modified_ms)
    some = dict.fromkeys([*by_age[:LOOKED_AT], *by_age[-LOOKED_AT:]])
    return {name.casefold() for file in inspect(raw, some) if isinstance(file, RawFile) for name in file.names}


def _lake(lake: Lake) -> str:
    if lake.house.exists():
        lake.show_published()
    loaded = lake.config
    store = Store(loaded.lake)
    probe = f"ops/_doctor-{uuid4().hex[:8]}"
    store.create(probe, b"")
    store.delete(probe)
    return f"{loaded.lake} can be written"


def _engine(loaded: config.Config) -> str:
    import deltalake

    from backbeat.engines import open_engine

    engine = open_engine(loaded)
    engine.rows("select 1 as x")
    return f"{engine.version()}, delta-rs {deltalake.__version__}"


def _machine() -> str:
    return f"{os.cpu_count()} cores"
