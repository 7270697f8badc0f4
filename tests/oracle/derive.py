"""Sessions told by events, where nobody else tells of sessions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from tests.oracle.nouns import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def derive_sessions(events: Iterable[Row], zone: ZoneInfo, gap: timedelta) -> list[Row]:
    """By session_id where events carry one, else by a gap in a customer's events."""
    ordered = sorted(events, key=_in_time)
    named = [_session(group[0]["session_id"], group, zone) for group in _by(ordered, "session_id")]
    unnamed = [row for row in ordered if row["session_id"] is None]
    groups = [group for own in _by(unnamed, "customer_id") for group in _split(own, gap)]
    return named + [_session(_name(group[0]), group, zone) for group in groups]


def _in_time(event: Row) -> tuple[datetime, str]:
    return event["occurred_at"], event["event_id"]


def _by(ordered: list[Row], name: str) -> Iterator[list[Row]]:
    carrying = [row for row in ordered if row[name] is not None]
    for _, group in groupby(sorted(carrying, key=lambda row: row[name]), key=lambda row: row[name]):
        yield list(group)


def _split(events: list[Row], gap: timedelta) -> Iterator[list[Row]]:
    """A customer's events cut wherever the pause is longer than the gap."""
    breaks = [
        index
        for index in range(1, len(events))
        if events[index]["occurred_at"] - events[index - 1]["occurred_at"] > gap
    ]
    for first, end in zip([0, *breaks], [*breaks, len(events)], strict=True):
        yield events[first:end]


def _name(first: Row) -> str:
    micros = (first["occurred_at"] - _EPOCH) // timedelta(microseconds=1)
    return f"{first['customer_id']}@{micros}"


def _session(session_id: str, events: list[Row], zone: ZoneInfo) -> Row:
    first, last = events[0], events[-1]
    return {
        "session_id": session_id,
        "customer_id": first["customer_id"],
        "started_at": first["occurred_at"],
        "ended_at": last["occurred_at"],
        "device": None,
        "session_date": first["occurred_at"].astimezone(zone).date(),
        "_source_file": first["_source_file"],
        "_row_number": first["_row_number"],
        "_file_modified_at": first["_file_modified_at"],
        "_sequence": first["_sequence"],
        "_rescued": None,
    }
