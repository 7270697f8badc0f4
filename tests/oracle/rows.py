"""Raw rows of one file: into silver rows, or out with every reason that applies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.contract import Chosen, Names, Source, choose, position
from tests.oracle.discover import Found
from tests.oracle.nouns import Quarantined, Row, UnreadableError
from tests.oracle.parquet import RawFile
from tests.oracle.text import as_json
from tests.oracle.values import read_value

_KEY_KINDS = {"text", "int", "float", "decimal", "null"}
_TIME_KINDS = _KEY_KINDS | {"timestamp", "date"}


@dataclass(frozen=True)
class Rules:
    """What the configuration says about reading."""

    zone: ZoneInfo
    max_future: timedelta
    earliest: datetime
    mapping: Names
    sequence_by: str | None


@dataclass(frozen=True)
class Reading:
    """One raw file under the contract of its source."""

    source: Source
    found: Found
    raw: RawFile
    rules: Rules

    @cached_property
    def chosen(self) -> dict[str, Chosen]:
        return choose(self.source, self.raw.names, self.rules.mapping)

    @cached_property
    def sequence(self) -> int | None:
        return position(self.raw.names, self.rules.sequence_by) if self.rules.sequence_by else None

    @cached_property
    def unknown(self) -> set[int]:
        known = {chosen.index for chosen in self.chosen.values()} | {self.sequence}
        return set(range(len(self.raw.names))) - known


def schema_problem(reading: Reading) -> str | None:
    """Why the whole file is rejected for its schema, if it is."""
    for column in reading.source.required:
        if column.name not in reading.chosen:
            return f"{column.names[0]} is missing"
        kind = reading.raw.kinds[reading.chosen[column.name].index]
        if kind not in (_KEY_KINDS if column.kind == "key" else _TIME_KINDS):
            return f"{column.names[0]} has a type that can't be read"
    return None


def read_rows(reading: Reading) -> Iterator[Row | Quarantined]:
    """Every row of a file, in its order, judged."""
    records = zip(*reading.raw.columns, strict=True)
    return (_judge(reading, number, record) for number, record in enumerate(records))


def _judge(reading: Reading, number: int, record: tuple[Any, ...]) -> Row | Quarantined:
    values, unreadable = _read(reading, record)
    reasons = _reasons(reading, values, unreadable)
    if reasons:
        raw_row = as_json(dict(zip(reading.raw.names, record, strict=True)))
        return Quarantined(reading.source.name, tuple(reasons), raw_row, reading.found.path, number)
    return {
        **values,
        **_day(reading, values),
        "_source_file": reading.found.path,
        "_row_number": number,
        "_file_modified_at": reading.found.modified_at,
        "_sequence": None if reading.sequence is None else record[reading.sequence],
        "_rescued": _rescued(reading, record, unreadable),
    }


def _read(reading: Reading, record: tuple[Any, ...]) -> tuple[Row, set[str]]:
    values: Row = {}
    unreadable: set[str] = set()
    for column in reading.source.columns:
        chosen = reading.chosen.get(column.name)
        try:
            values[column.name] = read_value(record[chosen.index], chosen, reading.rules.zone) if chosen else None
        except UnreadableError:
            values[column.name] = None
            unreadable.add(column.name)
    return values, unreadable


def _reasons(reading: Reading, values: Row, unreadable: set[str]) -> list[str]:
    """Reason codes in their fixed order."""
    source = reading.source
    ids = [name for name in source.key if name not in (source.time, "subscription_id")]
    checks = {
        "key_missing": any(values[name] is None for name in ids),
        "customer_missing": values.get("customer_id", "") is None,
        "time_missing": source.time and values[source.time] is None and source.time not in unreadable,
        "time_unreadable": source.time in unreadable,
        "time_in_future": _is_in_future(reading, values),
        "time_too_old": _is_too_old(reading, values),
        "end_unreadable": "effective_end_at" in unreadable,
    }
    return [code for code, applies in checks.items() if applies]


def _is_in_future(reading: Reading, values: Row) -> bool:
    at = _bounded_time(reading, values)
    return at is not None and at > reading.found.modified_at + reading.rules.max_future


def _is_too_old(reading: Reading, values: Row) -> bool:
    at = _bounded_time(reading, values)
    return at is not None and at < reading.rules.earliest


def _bounded_time(reading: Reading, values: Row) -> datetime | None:
    return values[reading.source.time] if reading.source.is_bounded and reading.source.time else None


def _day(reading: Reading, values: Row) -> Row:
    source = reading.source
    if not (source.day and source.time):
        return {}
    return {source.day: values[source.time].astimezone(reading.rules.zone).date()}


def _rescued(reading: Reading, record: tuple[Any, ...], unreadable: set[str]) -> str | None:
    kept = reading.unknown | {reading.chosen[name].index for name in unreadable}
    rescued = {
        reading.raw.names[index]: value for index, value in enumerate(record) if index in kept and value is not None
    }
    return as_json(rescued) if rescued else None
