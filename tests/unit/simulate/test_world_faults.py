"""Every kind of fault is there, as often as truth.json says, and the good rows stay good."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.simulate.worlds import World

from backbeat.simulate.faults.kinds import KINDS

TIMED = [
    ("sessions", "session_id", ("start_timestamp", "started_at")),
    ("events", "event_id", ("event_timestamp", "ts")),
]
UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6))


def _rows(files: list[Path], *wanted: tuple[str, ...]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for path in files:
        table = pq.ParquetFile(path).read()
        columns = [next(name for name in names if name in table.column_names) for names in wanted]
        rows += zip(*(table[name].to_pylist() for name in columns), strict=True)
    return rows


def _moment(value: Any) -> datetime | str:
    """An instant, or the code of why there is none."""
    if value is None:
        return "time_missing"
    if isinstance(value, int):
        return datetime.fromtimestamp(value / next(unit for limit, unit in UNITS if value < limit), UTC)
    if isinstance(value, str):
        if "T24" in value:
            return "time_unreadable"
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return "time_unreadable"
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _reasons(key: str | None, customer: Any, moment: datetime | str) -> list[str]:
    codes = [] if (key or "").strip() else ["key_missing"]
    codes += [] if str(customer or "").strip() else ["customer_missing"]
    if isinstance(moment, str):
        return [*codes, moment]
    codes += ["time_in_future"] if moment.year > 2090 else []
    return codes + (["time_too_old"] if moment.year < 2000 else [])


@pytest.mark.parametrize(("source", "key", "times"), TIMED)
def test_quarantine_duplicates_and_good_rows_are_counted(
    dirty: World, readable: dict[str, list[Path]], source: str, key: str, times: tuple[str, ...]
) -> None:
    rows = [
        (identity, customer, _moment(time))
        for identity, customer, time in _rows(readable[source], (key,), ("customer_id",), times)
    ]
    reasons = [_reasons(*row) for row in rows]
    good = [row[0] for row, codes in zip(rows, reasons, strict=True) if not codes]
    told, faults = dirty.truth["sources"][source], dirty.truth["faults"][source]
    assert Counter(code for codes in reasons for code in codes) == faults["quarantine"]
    assert told == {"files": len(readable[source]), "rows": len(rows), "valid_rows": len(set(good))}
    assert len(good) - len(set(good)) == sum(faults["duplicates"].values())


@pytest.mark.parametrize(
    ("source", "key"), [("customers", "customer_id"), ("tracks", "track_id"), ("artists", "artist_id")]
)
def test_small_sources_are_counted(dirty: World, readable: dict[str, list[Path]], source: str, key: str) -> None:
    keys = [str(value or "").strip() for (value,) in _rows(readable[source], (key,))]
    good = [value for value in keys if value]
    told, faults = dirty.truth["sources"][source], dirty.truth["faults"][source]
    assert len(keys) - len(good) == faults["quarantine"]["key_missing"]
    assert told == {"files": len(readable[source]), "rows": len(keys), "valid_rows": len(set(good))}
    assert len(good) - len(set(good)) == sum(faults["duplicates"].values())


def test_subscriptions_are_counted(dirty: World, readable: dict[str, list[Path]]) -> None:
    columns = ("customer_id", "effective_start_date", "effective_end_date", "subscription_id")
    rows = _rows(readable["subscriptions"], *((name,) for name in columns))
    codes: Counter[str] = Counter()
    good = []
    for customer, start, end, identity in rows:
        missing = ["key_missing", "customer_missing"] if not str(customer or "").strip() else []
        moments = [_moment(start)] + ([] if end is None else [_moment(end)])
        found = missing + [moment for moment in moments[:1] if isinstance(moment, str)]
        found += ["end_unreadable" for moment in moments[1:] if isinstance(moment, str)]
        codes.update(found)
        good += [] if found else [(str(customer), start, identity)]
    told, faults = dirty.truth["sources"]["subscriptions"], dirty.truth["faults"]["subscriptions"]
    assert codes == faults["quarantine"]
    assert told == {"files": len(readable["subscriptions"]), "rows": len(rows), "valid_rows": len(set(good))}


@pytest.mark.parametrize("source", KINDS)
def test_every_kind_is_there(dirty: World, source: str) -> None:
    faults, kinds = dirty.truth["faults"][source], KINDS[source]
    told = faults["faulty_rows"].keys() | faults["accepted_rows"].keys() - {"late"}
    assert told == kinds.rows.keys()
    assert faults["rejected_files"].keys() | faults["hidden_files"].keys() == set(kinds.files)
    assert faults["accepted_files"].keys() - {"late"} == set(kinds.forms)
    assert faults["duplicates"].keys() == {"in_file", "across_files"}


@pytest.mark.parametrize("source", KINDS)
def test_bad_and_hidden_files_are_counted(dirty: World, readable: dict[str, list[Path]], source: str) -> None:
    faults = dirty.truth["faults"][source]
    assert len(dirty.files(source)) - len(readable[source]) == sum(faults["rejected_files"].values())
    everything = [path for path in (dirty.root / source).rglob("*") if path.is_file()]
    assert len(everything) - len(dirty.files(source)) == sum(faults["hidden_files"].values())


@pytest.mark.parametrize(("source", "_", "times"), TIMED)
def test_times_come_in_every_form(readable: dict[str, list[Path]], source: str, _: str, times: tuple[str, ...]) -> None:
    schemas = [pq.read_schema(path) for path in readable[source]]
    types = {schema.field(name).type for schema in schemas for name in times if name in schema.names}
    assert types == {pa.string(), pa.int64(), pa.timestamp("us", "UTC"), pa.timestamp("ms")}
    assert any(times[1] in schema.names for schema in schemas)
    assert any("app_version" in schema.names for schema in schemas)
    assert any(schema.field("customer_id").type == pa.int64() for schema in schemas)


def test_late_files_lie_under_a_later_day(dirty: World) -> None:
    late = [path for path in dirty.files("sessions") if path.name.startswith("late-")]
    assert len(late) == dirty.truth["faults"]["sessions"]["accepted_files"]["late"]
    for path in late:
        folder = "".join(path.parent.relative_to(dirty.root / "sessions").parts)
        assert path.stem.removeprefix("late-") < folder


def test_unknown_customers_are_no_customers(dirty: World, readable: dict[str, list[Path]]) -> None:
    known = {str(value) for (value,) in _rows(readable["customers"], ("customer_id",))}
    rows = _rows(readable["sessions"], ("session_id",), ("customer_id",))
    strangers = {session for session, customer in rows if str(customer or "").strip() and str(customer) not in known}
    assert len(strangers) == dirty.truth["faults"]["sessions"]["accepted_rows"]["unknown_customer"]


def test_unreadable_milliseconds_are_counted(dirty: World, readable: dict[str, list[Path]]) -> None:
    played = [ms for (ms,) in _rows(readable["events"], ("ms_played",)) if isinstance(ms, str)]
    told = dirty.truth["faults"]["events"]["unreadable_values"]["ms_played_as_text"]
    assert sum(not ms.isdigit() for ms in played) == told > 0


def test_faults_leave_the_kpis_alone(dirty: World, readable: dict[str, list[Path]]) -> None:
    known = {str(value) for (value,) in _rows(readable["customers"], ("customer_id",))}
    rows = _rows(readable["sessions"], ("session_id",), ("customer_id",), ("start_timestamp", "started_at"))
    held = {
        (session, str(customer))
        for session, customer, time in rows
        if not _reasons(session, customer, moment := _moment(time)) and _in_window(moment) and str(customer) in known
    }
    sessions = Counter(customer for _, customer in held)
    told = dirty.truth["kpis"]
    assert len(sessions) == told["session_adoption_rate"]["numerator"] == 87
    assert sum(number >= 80 for number in sessions.values()) == told["engaged_rate"]["numerator"] == 67


def _in_window(moment: datetime | str) -> bool:
    return isinstance(moment, datetime) and datetime(2025, 7, 1, tzinfo=UTC) <= moment < datetime(
        2025, 9, 1, tzinfo=UTC
    )


def test_a_clean_world_has_no_faults(clean: World) -> None:
    assert clean.truth["faults"] == {}
    assert all(told["rows"] == told["valid_rows"] for told in clean.truth["sources"].values())
