"""Which forms of a time are read, and as which instant. Sign-ups show it: no bound keeps any of them out."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.conftest import World, utc

from backbeat.api import Lake
from backbeat.errors import UsageError

READ_AS_TEXT = [
    ("2025-07-01", utc("2025-07-01 00:00")),
    ("2025-07-01T10:30", utc("2025-07-01 10:30")),
    ("2025-07-01 10:30", utc("2025-07-01 10:30")),
    ("2025-07-01T10:30:59", utc("2025-07-01 10:30:59")),
    ("2025-07-01 10:30:59", utc("2025-07-01 10:30:59")),
    ("0987-07-01T10:30:59Z", utc("0987-07-01 10:30:59")),
    ("2025-07-01 23:59:59.5", utc("2025-07-01 23:59:59.500")),
    ("2025-07-01T10:30:00.123456", utc("2025-07-01 10:30:00.123456")),
    ("2025-07-01T10:30:00Z", utc("2025-07-01 10:30")),
    ("2025-07-01 10:30Z", utc("2025-07-01 10:30")),
    ("2025-07-01T10:30:00.25Z", utc("2025-07-01 10:30:00.250")),
    ("2025-07-01T10:30:00+02:00", utc("2025-07-01 08:30")),
    ("2025-07-01T10:30:00+0200", utc("2025-07-01 08:30")),
    ("2025-07-01T10:30:00+02", utc("2025-07-01 08:30")),
    ("2025-07-01T10:30-05:30", utc("2025-07-01 16:00")),
    ("2025-07-01 10:30:00.5-0530", utc("2025-07-01 16:00:00.500")),
    ("2025-07-01T00:30:00+14:00", utc("2025-06-30 10:30")),
    ("2025-07-01T10:30:00-00:30", utc("2025-07-01 11:00")),
    ("  2025-07-01  ", utc("2025-07-01 00:00")),
    (" 2025-07-01T10:30:00Z ", utc("2025-07-01 10:30")),
    ("0001-01-01", utc("0001-01-01 00:00")),
    ("9999-12-31 23:59:59.999999", utc("9999-12-31 23:59:59.999999")),
    ("2024-02-29", utc("2024-02-29 00:00")),
    ("1969-12-31T23:59:59.25Z", utc("1969-12-31 23:59:59.250")),
    ("1751365800", utc("2025-07-01 10:30")),
    ("1751365800000", utc("2025-07-01 10:30")),
    ("1751365800000000", utc("2025-07-01 10:30")),
    ("1751365800000000000", utc("2025-07-01 10:30")),
    (" 1751365800 ", utc("2025-07-01 10:30")),
    ("0", utc("1970-01-01 00:00")),
    ("20250701", utc("1970-08-23 09:11:41")),
]

FINER_THAN_MICROSECONDS = [
    ("2025-07-01T10:30:00.1234569", utc("2025-07-01 10:30:00.123456")),
    ("2025-07-01T10:30:00.123456999Z", utc("2025-07-01 10:30:00.123456")),
    ("2025-07-01T10:30:00.999999999999", utc("2025-07-01 10:30:00.999999")),
    ("2025-07-01T23:59:59.9999999+00:00", utc("2025-07-01 23:59:59.999999")),
    ("1960-01-01T00:00:00.0000019", utc("1960-01-01 00:00:00.000001")),
    ("1960-01-01T00:00:00.9999999Z", utc("1960-01-01 00:00:00.999999")),
]

UNREADABLE_TEXT = [
    "2025-07-01T24:00:00",
    "2025-07-01T24:00:00Z",
    "2025-07-01T10:60:00",
    "2025-07-01T10:30:60",
    "2025-07-01T10:30:60Z",
    "2025-07-01T10",
    "2025-07-01T10:30:",
    "2025-07-01T10:30:00.",
    "2025-07-01T10:30:00,5",
    "2025-07-01t10:30:00",
    "2025-07-01T10:30:00z",
    "2025-07-01T10:30:00 Z",
    "2025-07-01T10:30:00+2",
    "2025-07-01T10:30:00+02:60",
    "2025-07-01T10:30:00+25:00",
    "2025-07-01T10:30:00 Europe/Berlin",
    "2025-07-01 10:30:00 UTC",
    "2025-07-01  10:30",
    "2025-07-01  1:30:00",
    "2025-07-01 10:30:5 ",
    "2025-07-01\t10:30:00",
    "2025-07-1  10:30:00",
    "2025-07-1\t 10:30:00",
    "2025-07-1 T10:30:00",
    "2025-07-01T 1:30:00Z",
    "2025-07-01T10:30: 5Z",
    "2025-07-01T10:30:5 Z",
    "2025-07-1 T10:30:00Z",
    "2025-7-1",
    "2025-02-29",
    "2025-13-01",
    "2025-00-10",
    "2025-07-00",
    "0000-01-01",
    "01.07.2025",
    "07/01/2025",
    "2025/07/01",
    "10:30",
    "-2025-07-01",
    "+1751365800",
    "-1751365800",
    "1751365800.5",
    "1.75e9",
    "2025-07-01T10:30:00Z\n",
    "\t2025-07-01",
    "today",
    "now",
    "infinity",
    "epoch",
    "",
    " ",
    "99999999999999999999999999999999999999999",
]

NUMBERS: dict[pa.DataType, list[tuple[Any, datetime | None]]] = {
    pa.int64(): [
        (1751365800, utc("2025-07-01 10:30")),
        (1751365800123, utc("2025-07-01 10:30:00.123")),
        (1751365800123456, utc("2025-07-01 10:30:00.123456")),
        (1751365800123456789, utc("2025-07-01 10:30:00.123456")),
        (0, utc("1970-01-01 00:00")),
        (-1, utc("1969-12-31 23:59:59")),
        (99_999_999_999, utc("5138-11-16 09:46:39")),
        (100_000_000_000, utc("1973-03-03 09:46:40")),
        (99_999_999_999_999, utc("5138-11-16 09:46:39.999")),
        (100_000_000_000_000, utc("1973-03-03 09:46:40")),
        (99_999_999_999_999_999, utc("5138-11-16 09:46:39.999999")),
        (100_000_000_000_000_000, utc("1973-03-03 09:46:40")),
        (-62_135_596_800, utc("0001-01-01 00:00")),
        (-62_135_596_801, None),
        (-100_000_000_000_000_001, utc("1966-10-31 14:13:19.999999")),
        (-100_000_000_000_001_000, utc("1966-10-31 14:13:19.999999")),
    ],
    pa.int32(): [(1751365800, utc("2025-07-01 10:30"))],
    pa.uint64(): [
        (1751365800123456789, utc("2025-07-01 10:30:00.123456")),
        (2**64 - 1, utc("2554-07-21 23:34:33.709551")),
    ],
    pa.float64(): [
        (1751365800.0, utc("2025-07-01 10:30")),
        (1751365800.5, utc("2025-07-01 10:30:00.500")),
        (1751365800123.0, utc("2025-07-01 10:30:00.123")),
        (1751365800123456.0, utc("2025-07-01 10:30:00.123456")),
        (-0.5, utc("1969-12-31 23:59:59.500")),
        (1e11, utc("1973-03-03 09:46:40")),
        (float("nan"), None),
        (float("inf"), None),
        (1e30, None),
    ],
    pa.decimal128(18, 3): [(Decimal("1751365800.500"), utc("2025-07-01 10:30:00.500"))],
    pa.decimal128(20, 0): [(Decimal("1751365800123"), utc("2025-07-01 10:30:00.123"))],
}

NAIVE = datetime(2025, 7, 1, 10, 30, 0, 123456)
TYPED: list[tuple[str, pa.DataType, Any, datetime]] = [
    ("timestamp s", pa.timestamp("s"), NAIVE.replace(microsecond=0), utc("2025-07-01 10:30")),
    ("timestamp ms", pa.timestamp("ms"), NAIVE.replace(microsecond=123000), utc("2025-07-01 10:30:00.123")),
    ("timestamp us", pa.timestamp("us"), NAIVE, utc("2025-07-01 10:30:00.123456")),
    ("timestamp ns", pa.timestamp("ns"), 1751365800123456789, utc("2025-07-01 10:30:00.123456")),
    ("timestamp ms UTC", pa.timestamp("ms", "UTC"), NAIVE.replace(microsecond=123000), utc("2025-07-01 10:30:00.123")),
    ("timestamp us UTC", pa.timestamp("us", "UTC"), NAIVE, utc("2025-07-01 10:30:00.123456")),
    ("timestamp ns UTC", pa.timestamp("ns", "UTC"), 1751365800123456789, utc("2025-07-01 10:30:00.123456")),
    (
        "timestamp us of a zone",
        pa.timestamp("us", "America/New_York"),
        utc("2025-07-01 10:30"),
        utc("2025-07-01 10:30"),
    ),
    ("date32", pa.date32(), date(2025, 7, 1), utc("2025-07-01 00:00")),
    ("date64", pa.date64(), date(2025, 7, 1), utc("2025-07-01 00:00")),
    ("ns before 1970", pa.timestamp("ns"), -1, utc("1969-12-31 23:59:59.999999")),
    ("ns UTC before 1970", pa.timestamp("ns", "UTC"), -1001, utc("1969-12-31 23:59:59.999998")),
    ("us before 1970", pa.timestamp("us"), -1, utc("1969-12-31 23:59:59.999999")),
]

IN_BERLIN = [
    ("2025-07-01", utc("2025-06-30 22:00")),
    ("2025-01-01", utc("2024-12-31 23:00")),
    ("2025-07-01T10:30", utc("2025-07-01 08:30")),
    ("2025-07-01T10:30:00Z", utc("2025-07-01 10:30")),
    ("2025-07-01T10:30:00+05:00", utc("2025-07-01 05:30")),
    ("1751365800", utc("2025-07-01 10:30")),
]


@pytest.fixture(scope="module")
def texts(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The silver row of each text of a sign-up."""
    found = [text for text, _ in [*READ_AS_TEXT, *FINER_THAN_MICROSECONDS]] + UNREADABLE_TEXT
    return _signed_up(new_world(), {f"<{text}>": text for text in found})


@pytest.mark.parametrize(("text", "instant"), READ_AS_TEXT)
def test_text_is_read(texts: dict[str, dict[str, Any]], text: str, instant: datetime) -> None:
    assert texts[f"<{text}>"] == {"at": instant, "rescued": None}


@pytest.mark.parametrize(("text", "instant"), FINER_THAN_MICROSECONDS)
def test_digits_finer_than_microseconds_are_cut_toward_the_past(texts: Any, text: str, instant: datetime) -> None:
    assert texts[f"<{text}>"]["at"] == instant


@pytest.mark.parametrize("text", UNREADABLE_TEXT)
def test_any_other_text_is_unreadable_and_kept(texts: dict[str, dict[str, Any]], text: str) -> None:
    assert texts[f"<{text}>"]["at"] is None
    assert json.loads(texts[f"<{text}>"]["rescued"]) == {"signup_date": text}


@pytest.fixture(scope="module")
def numbers(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The silver row of each number of a sign-up, under `type value`."""
    world = new_world()
    for kind, cases in NUMBERS.items():
        values = {f"{kind} {value}": value for value, _ in cases}
        _write(world, f"customers/{kind}.parquet".replace("(", "_").replace(", ", "_"), values, kind)
    return _silver(world)


@pytest.mark.parametrize(("kind", "value", "instant"), [(k, v, t) for k, cases in NUMBERS.items() for v, t in cases])
def test_a_number_is_an_epoch_whose_unit_follows_from_its_size(
    numbers: dict[str, dict[str, Any]], kind: pa.DataType, value: Any, instant: datetime | None
) -> None:
    assert numbers[f"{kind} {value}"]["at"] == instant


@pytest.fixture(scope="module")
def typed(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The silver row of each type of a sign-up, INT96 among them."""
    return _typed(new_world())


@pytest.fixture(scope="module")
def typed_in_berlin(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The same in a lake whose days are Berlin's."""
    return _typed(new_world(timezone="Europe/Berlin"))


@pytest.mark.parametrize(("name", "instant"), [(name, instant) for name, _, _, instant in TYPED])
def test_parquet_times_of_any_unit_and_zone_are_read(typed: Any, name: str, instant: datetime) -> None:
    assert typed[name]["at"] == instant


def test_int96_is_utc_whatever_the_lake_s_zone(typed: Any, typed_in_berlin: Any) -> None:
    assert typed["INT96"]["at"] == typed_in_berlin["INT96"]["at"] == utc("2025-07-01 10:30:00.123456")


@pytest.mark.parametrize("name", ["timestamp s", "timestamp ms", "timestamp us", "timestamp ns", "date32"])
def test_a_time_without_a_zone_is_of_the_lake_s_zone(typed: Any, typed_in_berlin: Any, name: str) -> None:
    assert (typed[name]["at"] - typed_in_berlin[name]["at"]).total_seconds() == 7200


@pytest.mark.parametrize("name", ["timestamp ms UTC", "timestamp us UTC", "timestamp ns UTC", "timestamp us of a zone"])
def test_a_time_with_a_zone_is_an_instant(typed: Any, typed_in_berlin: Any, name: str) -> None:
    assert typed[name] == typed_in_berlin[name]


@pytest.mark.parametrize(("text", "instant"), IN_BERLIN)
def test_text_in_a_lake_of_berlin(berlin_texts: dict[str, dict[str, Any]], text: str, instant: datetime) -> None:
    assert berlin_texts[text]["at"] == instant


@pytest.fixture(scope="module")
def berlin_texts(new_world: Callable[..., World]) -> dict[str, dict[str, Any]]:
    """The silver row of each text in a lake whose days are Berlin's."""
    return _signed_up(new_world(timezone="Europe/Berlin"), {text: text for text, _ in IN_BERLIN})


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Australia/Lord_Howe", "2025-04-06T01:45:00"),
        ("Australia/Lord_Howe", "2025-10-05T02:15:00"),
        ("Antarctica/Troll", "2025-10-26T02:30:00"),
        ("America/Havana", "2025-11-02T00:30:00"),
        ("America/Santiago", "2025-09-07T00:00:00"),
        ("Europe/Dublin", "2025-10-26T01:30:00"),
    ],
)
def test_a_time_that_comes_twice_or_never_is_what_python_takes_it_for(
    new_world: Callable[..., World], zone: str, text: str
) -> None:
    (row,) = _signed_up(new_world(timezone=zone), {"c": text}).values()
    assert row["at"] == datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_a_time_before_the_year_1_is_none(new_world: Callable[..., World]) -> None:
    (row,) = _signed_up(new_world(timezone="Europe/Berlin"), {"c": "0001-01-01"}).values()
    assert (row["at"], json.loads(row["rescued"])) == (None, {"signup_date": "0001-01-01"})


def test_a_lake_has_one_zone_from_its_first_batch_on(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.sessions(("s", "c", "2025-07-01"))
    world.ingest()
    verbs: list[Callable[[Lake], object]] = [Lake.run, Lake.replay, lambda lake: lake.retract(["sessions"])]
    for verb in verbs:
        with pytest.raises(UsageError, match="was built with timezone = 'UTC'"):
            verb(world.open(timezone="Europe/Berlin"))
    world.run()


def test_a_session_belongs_to_the_day_it_starts_in_the_lake_s_zone(new_world: Callable[..., World]) -> None:
    world = new_world(timezone="Europe/Berlin")
    world.customers("c")
    world.sessions(("before", "c", "2025-07-01T21:59:59.999999Z"), ("after", "c", "2025-07-01T22:00:00Z"))
    world.ingest()
    days = world.pairs("silver.sessions", "session_id", "session_date")
    assert days == {"before": date(2025, 7, 1), "after": date(2025, 7, 2)}


def _typed(world: World) -> dict[str, dict[str, Any]]:
    for name, kind, value, _ in TYPED:
        _write(world, f"customers/{name}.parquet", {name: value}, kind)
    _write(world, "customers/int96.parquet", {"INT96": NAIVE}, pa.timestamp("us"), use_deprecated_int96_timestamps=True)
    return _silver(world)


def _signed_up(world: World, values: dict[str, str]) -> dict[str, dict[str, Any]]:
    _write(world, "customers/c.parquet", values, pa.string())
    return _silver(world)


def _write(world: World, path: str, values: dict[str, Any], kind: pa.DataType, **parquet: Any) -> None:
    rows = [{"customer_id": id, "signup_date": value} for id, value in values.items()]
    world.write(path, rows, types={"customer_id": pa.string(), "signup_date": kind}, **parquet)


def _silver(world: World) -> dict[str, dict[str, Any]]:
    world.ingest()
    rows = world.read("silver.customers", "customer_id, signed_up_at, _rescued")
    return {row["customer_id"]: {"at": _utc(row["signed_up_at"]), "rescued": row["_rescued"]} for row in rows}


def _utc(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC) if instant else None
