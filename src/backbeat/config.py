"""Settings: backbeat.toml, then BACKBEAT_* variables, then flags, merged into one frozen object."""

import os
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from backbeat.errors import UsageError

DEFAULT_FILE = "backbeat.toml"


class SourceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one source calls its columns: `columns` maps a contract column to the raw name to prefer."""

    columns: dict[str, str] = {}
    sequence_by: str | None = None


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting. Durations are text such as `90s`, `30m`, `1h` or `2d`; `now` sets the clock for tests."""

    lake: str = "lake"
    raw: str = "raw"
    engine: str = "duckdb"
    timezone: str = "UTC"
    window_days: int = 62
    engaged_sessions: int = 80
    min_group: int = 5
    renewal_grace_days: int = 30
    earliest: date = date(2000, 1, 1)
    max_future: str = "1h"
    watermark: str = "1h"
    session_gap: str = "30m"
    batch_rows: int = 4_000_000
    wait: str = "60s"
    memory_limit: str = "3GB"
    threads: int = 0
    now: datetime | None = None
    sources: dict[str, SourceConfig] = {}

    def __post_init__(self) -> None:
        _zone(self.timezone)
        for name in ("max_future", "watermark", "session_gap", "wait"):
            seconds(getattr(self, name), name)
        for name in ("window_days", "engaged_sessions", "min_group", "renewal_grace_days", "batch_rows"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} = {getattr(self, name)}: give a number of at least 1")
        if self.engine != "duckdb":
            raise UsageError(f"engine '{self.engine}' is not available: use --engine duckdb")

    @property
    def zone(self) -> ZoneInfo:
        """The lake's time zone: its whole days are the days of every definition."""
        return _zone(self.timezone)

    def duration(self, name: str) -> timedelta:
        """The duration setting of that name."""
        return timedelta(seconds=seconds(getattr(self, name), name))

    def clock(self) -> datetime:
        """The time of day for operations (arrival, locks), never for a definition."""
        return self.now or datetime.now(UTC)


def load(file: str | None = None, flags: Mapping[str, Any] | None = None) -> Config:
    """The settings in force. Flags that are None don't count.

    Raises UsageError for an unreadable file, an unknown key or a value of the wrong type.
    """
    settings = {**_from_file(file), **_from_environment(), **_given(flags or {})}
    try:
        return msgspec.convert(settings, Config, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"setting not understood: {error}; see docs/reference/configuration.md") from error


def seconds(text: str, name: str) -> float:
    """`90s`, `30m`, `1h`, `2d` or `0.5s` as seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not match:
        raise UsageError(f"{name} = '{text}': write a duration such as 90s, 30m, 1h or 2d")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"timezone = '{name}' is unknown: write an IANA name such as Europe/Berlin") from error


def _from_file(file: str | None) -> dict[str, Any]:
    path = Path(file or DEFAULT_FILE)
    if not path.is_file():
        if file:
            raise UsageError(f"{file}: no such configuration file; `backbeat init` writes one")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from error


def _from_environment() -> dict[str, Any]:
    scalars = [field for field in Config.__struct_fields__ if field != "sources"]
    return {name: os.environ[key] for name in scalars if (key := f"BACKBEAT_{name.upper()}") in os.environ}


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}
