"""Other forms in which systems write the same rows: all of them can be read."""

from collections.abc import Callable

import pyarrow as pa

from backbeat.simulate.faults.kinds import Kinds

RENAMED = {"start_timestamp": "started_at", "end_timestamp": "session_end", "event_timestamp": "ts"}
UNREADABLE_MS = "n/a"
UNREADABLE_MS_ROWS = 3


def in_form(form: str, table: pa.Table, kinds: Kinds) -> pa.Table:
    """The same rows, written the way of that form."""
    return _FORMS[form](table, kinds)


def unreadable_values(form: str, table: pa.Table) -> int:
    """How many optional values that form makes unreadable in the table."""
    return min(UNREADABLE_MS_ROWS, table.num_rows) if form == "ms_played_as_text" else 0


def _epochs(unit: str) -> Callable[[pa.Table, Kinds], pa.Table]:
    return lambda table, kinds: _cast_times(table, kinds, lambda time: _instant(time, unit).cast(pa.int64()))


def _timestamps(table: pa.Table, kinds: Kinds) -> pa.Table:
    return _cast_times(table, kinds, lambda time: _instant(time, "us"))


def _local_timestamps(table: pa.Table, kinds: Kinds) -> pa.Table:
    return _cast_times(table, kinds, lambda time: _instant(time, "ms").cast(pa.timestamp("ms")))


def _cast_times(table: pa.Table, kinds: Kinds, cast: Callable[[pa.ChunkedArray], pa.ChunkedArray]) -> pa.Table:
    for name in kinds.times:
        table = table.set_column(table.column_names.index(name), name, cast(table[name]))
    return table


def _instant(time: pa.ChunkedArray, unit: str) -> pa.ChunkedArray:
    return time.cast(pa.timestamp("s", tz="UTC")).cast(pa.timestamp(unit, tz="UTC"))


def _renamed(table: pa.Table, _: Kinds) -> pa.Table:
    return table.rename_columns([RENAMED.get(name, name) for name in table.column_names])


def _column_added(table: pa.Table, _: Kinds) -> pa.Table:
    return table.append_column("app_version", pa.array(["8.9.10"] * table.num_rows, pa.string()))


def _customer_as_number(table: pa.Table, _: Kinds) -> pa.Table:
    place = table.column_names.index("customer_id")
    return table.set_column(place, "customer_id", table["customer_id"].cast(pa.int64()))


def _ms_played_as_text(table: pa.Table, _: Kinds) -> pa.Table:
    place = table.column_names.index("ms_played")
    text = table["ms_played"].cast(pa.string())
    bad = pa.array([UNREADABLE_MS] * unreadable_values("ms_played_as_text", table), pa.string())
    return table.set_column(place, "ms_played", pa.chunked_array([bad, *text.slice(len(bad)).chunks]))


_FORMS: dict[str, Callable[[pa.Table, Kinds], pa.Table]] = {
    "epoch_seconds": _epochs("s"),
    "epoch_millis": _epochs("ms"),
    "epoch_micros": _epochs("us"),
    "timestamps": _timestamps,
    "local_timestamps": _local_timestamps,
    "time_renamed": _renamed,
    "column_added": _column_added,
    "customer_as_number": _customer_as_number,
    "ms_played_as_text": _ms_played_as_text,
}
