"""The raw contract: sources, their columns in order of preference, and which raw column is taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Names = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Column:
    name: str
    kind: str  # key, id, text, time, end, last_day, whole, duration, amount
    names: tuple[str, ...]
    is_required: bool = False


@dataclass(frozen=True)
class Source:
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    time: str | None = None
    is_bounded: bool = False  # its time may be neither too old nor in the future
    day: str | None = None  # the date column made from its time

    @property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_required)


@dataclass(frozen=True)
class Chosen:
    """The raw column taken for a contract column, and under which of its names it was found."""

    column: Column
    index: int
    meant: str


def choose(source: Source, raw_names: Sequence[str], mapping: Names) -> dict[str, Chosen]:
    """The raw column of each contract column that the file has."""
    found = {column.name: _choose(column, raw_names, mapping) for column in source.columns}
    return {name: chosen for name, chosen in found.items() if chosen is not None}


def position(raw_names: Sequence[str], wanted: str) -> int | None:
    """Where a name stands: exact case before other case, then leftmost."""
    exact = [index for index, name in enumerate(raw_names) if name == wanted]
    other = [index for index, name in enumerate(raw_names) if name.lower() == wanted.lower()]
    return next(iter(exact + other), None)


def _choose(column: Column, raw_names: Sequence[str], mapping: Names) -> Chosen | None:
    for wanted, meant in _preferences(column, mapping):
        index = position(raw_names, wanted)
        if index is not None:
            return Chosen(column, index, meant)
    return None


def _preferences(column: Column, mapping: Names) -> list[tuple[str, str]]:
    """Names to look for, each with the contract name it stands for; mapped ones first."""
    meanings = (*column.names, column.name)
    mapped = [(raw, meant) for meant in dict.fromkeys(meanings) for raw in _listed(mapping.get(meant, ()))]
    return mapped + [(name, name) for name in column.names]


def _listed(names: str | Sequence[str]) -> Sequence[str]:
    return (names,) if isinstance(names, str) else names


def _column(kind: str, *names: str, name: str | None = None, required: bool = False) -> Column:
    return Column(name or names[0], kind, names, required)


SOURCES = (
    Source(
        "customers",
        (
            _column("key", "customer_id", required=True),
            _column("time", "signup_date", "registration_ts", "registered_at", "created_at", name="signed_up_at"),
            _column("text", "country", "location"),
            _column("text", "gender"),
        ),
        key=("customer_id",),
    ),
    Source(
        "artists",
        (_column("key", "artist_id", required=True), _column("text", "artist_name")),
        key=("artist_id",),
    ),
    Source(
        "tracks",
        (
            _column("key", "track_id", required=True),
            _column("text", "track_name"),
            _column("id", "artist_id"),
            _column("duration", "duration_ms", "duration_s"),
            _column("text", "genre"),
        ),
        key=("track_id",),
    ),
    Source(
        "subscriptions",
        (
            _column("key", "customer_id", required=True),
            _column("id", "subscription_id"),
            _column("time", "effective_start_date", name="effective_start_at", required=True),
            _column("last_day", "effective_end_date", name="effective_end_at"),
            _column("text", "subscription_type"),
            _column("amount", "amount_paid"),
            _column("text", "status"),
        ),
        key=("customer_id", "effective_start_at", "subscription_id"),
        time="effective_start_at",
    ),
    Source(
        "sessions",
        (
            _column("key", "session_id", required=True),
            _column("key", "customer_id", required=True),
            _column(
                "time",
                *("started_at", "start_timestamp", "session_start", "start_time", "session_ts", "ts", "timestamp"),
                required=True,
            ),
            _column("end", "ended_at", "end_timestamp", "session_end", "end_time"),
            _column("text", "device"),
        ),
        key=("session_id",),
        time="started_at",
        is_bounded=True,
        day="session_date",
    ),
    Source(
        "events",
        (
            _column("key", "event_id", required=True),
            _column("id", "session_id"),
            _column("key", "customer_id", required=True),
            _column("id", "track_id"),
            _column("text", "event_type"),
            _column(
                "time",
                *("occurred_at", "event_timestamp", "event_ts", "event_time", "ts", "timestamp", "created_at"),
                required=True,
            ),
            _column("whole", "ms_played"),
        ),
        key=("event_id",),
        time="occurred_at",
        is_bounded=True,
        day="event_date",
    ),
)
