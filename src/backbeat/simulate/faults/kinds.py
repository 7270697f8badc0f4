"""Which faults each source can have, and what they do to a row."""

from dataclasses import dataclass

Value = str | None
BLANK: tuple[Value, ...] = (None, "", "  ")
UNREADABLE: tuple[Value, ...] = ("yesterday evening", "2025-13-01T00:00:00Z", "2025-07-01T24:00:00Z", "01.07.2025")
UNKNOWN_CUSTOMER: tuple[Value, ...] = ("990000001", "990000002", "990000003")


@dataclass(frozen=True)
class RowFault:
    """A kind of bad row: one column of a copied row set to one of `values`; `codes` are its quarantine reasons.

    Without codes the row is taken all the same.
    """

    column: str
    values: tuple[Value, ...]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kinds:
    """What can go wrong in a source. `id` is the column in which copied rows get a new one.

    `required` is the column that an incomplete file lacks; `times` are those written as numbers in some files.
    """

    id: str
    required: str
    times: tuple[str, ...]
    rows: dict[str, RowFault]
    forms: tuple[str, ...]
    files: tuple[str, ...]


BROKEN = ("truncated", "zero_bytes", "column_missing")
HIDDEN = ("success_mark", "checksum", "temporary_folder")
DUPLICATES = ("in_file", "across_files")
TIME_FORMS = ("epoch_seconds", "epoch_millis", "epoch_micros", "timestamps", "local_timestamps", "time_renamed")
OWNER_MISSING = ("key_missing", "customer_missing")


def _timed(key: str, time: str) -> dict[str, RowFault]:
    return {
        "key_missing": RowFault(key, BLANK, ("key_missing",)),
        "customer_missing": RowFault("customer_id", BLANK, ("customer_missing",)),
        "time_missing": RowFault(time, (None,), ("time_missing",)),
        "time_unreadable": RowFault(time, UNREADABLE, ("time_unreadable",)),
        "time_in_future": RowFault(time, ("2099-01-01T00:00:00Z",), ("time_in_future",)),
        "time_too_old": RowFault(time, ("1970-01-01T00:00:00Z",), ("time_too_old",)),
    }


def _whole(key: str, rows: dict[str, RowFault], forms: tuple[str, ...] = ("column_added",)) -> Kinds:
    return Kinds(key, key, (), rows, forms, (*BROKEN, *HIDDEN))


KINDS = {
    "customers": _whole(
        "customer_id",
        {"key_missing": RowFault("customer_id", BLANK, OWNER_MISSING)},
        ("column_added", "customer_as_number"),
    ),
    "subscriptions": Kinds(
        id="subscription_id",
        required="effective_start_date",
        times=(),
        rows={
            "key_missing": RowFault("customer_id", BLANK, OWNER_MISSING),
            "time_missing": RowFault("effective_start_date", (None,), ("time_missing",)),
            "time_unreadable": RowFault("effective_start_date", UNREADABLE, ("time_unreadable",)),
            "end_unreadable": RowFault("effective_end_date", UNREADABLE, ("end_unreadable",)),
        },
        forms=("column_added", "customer_as_number"),
        files=(*BROKEN, *HIDDEN),
    ),
    "tracks": _whole("track_id", {"key_missing": RowFault("track_id", BLANK, ("key_missing",))}),
    "artists": _whole("artist_id", {"key_missing": RowFault("artist_id", BLANK, ("key_missing",))}),
    "sessions": Kinds(
        id="session_id",
        required="session_id",
        times=("start_timestamp", "end_timestamp"),
        rows={
            **_timed("session_id", "start_timestamp"),
            "unknown_customer": RowFault("customer_id", UNKNOWN_CUSTOMER),
        },
        forms=(*TIME_FORMS, "column_added", "customer_as_number"),
        files=(*BROKEN, *HIDDEN),
    ),
    "events": Kinds(
        id="event_id",
        required="event_timestamp",
        times=("event_timestamp",),
        rows=_timed("event_id", "event_timestamp"),
        forms=(*TIME_FORMS, "column_added", "customer_as_number", "ms_played_as_text"),
        files=(*BROKEN, *HIDDEN),
    ),
}
