"""Is everything there that a run needs? Each finding says what to do where it is not."""

import os
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from backbeat import config, content
from backbeat.api import open_lake
from backbeat.errors import BackbeatError, UsageError
from backbeat.ingest.discover import listing
from backbeat.lake.storage import Store


def examine(flags: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of what, ok, found."""
    settings = _finding("settings", lambda: _settings(flags))
    if not settings["ok"]:
        return [settings]
    loaded = open_lake(**flags).config
    return [
        _finding("python", _python),
        settings,
        _finding("content files", _content),
        _finding("raw folder", lambda: _raw(loaded)),
        _finding("lake", lambda: _lake(loaded)),
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


def _raw(loaded: config.Config) -> str:
    raw = Store(loaded.raw)
    if raw.is_local and not raw.root.is_dir():
        raise UsageError(f"{loaded.raw}: no such folder; name the one that holds customers/, sessions/, … with --raw")
    counts = {name: len(listing(raw, name).entries) for name in content.sources()}
    return ", ".join(f"{count} {name}" for name, count in counts.items()) + " files"


def _lake(loaded: config.Config) -> str:
    store = Store(loaded.lake)
    probe = f"ops/_doctor-{uuid4().hex[:8]}"
    store.create(probe, b"")
    store.delete(probe)
    return f"{loaded.lake} can be written"


def _engine(loaded: config.Config) -> str:
    import deltalake
    import duckdb

    from backbeat.engines.duckdb import DuckDB

    DuckDB(loaded).rows("select 1 as x")
    return f"DuckDB {duckdb.__version__}, delta-rs {deltalake.__version__}, memory limit {loaded.memory_limit}"


def _machine() -> str:
    return f"{os.cpu_count()} cores"
