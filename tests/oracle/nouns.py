"""The things the oracle speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]


class UnreadableError(Exception):
    """A value or a type that the contract gives no meaning to."""


@dataclass(frozen=True)
class Stamp:
    """A parquet timestamp as it was stored: no digit lost, no zone applied."""

    count: int
    per_second: int
    is_utc: bool

    @property
    def micros(self) -> int:
        return self.count * 1_000_000 // self.per_second


@dataclass(frozen=True)
class Day:
    """A parquet date: days since 1970-01-01, in any year."""

    count: int


class Single(float):
    """A 32-bit float, which has a shorter text than the same number in 64 bits."""


@dataclass(frozen=True)
class File:
    path: str
    source: str
    size: int
    modified_at: datetime
    state: str  # taken, rejected
    rows: int | None
    reason: str | None = None


@dataclass(frozen=True)
class Quarantined:
    source: str
    reasons: tuple[str, ...]
    raw_row: str
    source_file: str
    row_number: int


@dataclass(frozen=True)
class Counts:
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0


@dataclass(frozen=True, eq=False)
class World:
    """One raw folder, read: silver by source, and what did not become silver."""

    zone: ZoneInfo
    silver: dict[str, list[Row]]
    quarantine: list[Quarantined]
    files: list[File]
    counts: dict[str, Counts]
    hidden_files: int
    excluded: frozenset[str] = frozenset()

    @property
    def taken(self) -> list[File]:
        return [file for file in self.files if file.state == "taken"]

    @property
    def exit_code(self) -> int:
        """0 where customers, and sessions or events, have at least one readable file; else 3."""
        sources = {file.source for file in self.taken}
        return 0 if "customers" in sources and sources & {"sessions", "events"} else 3
