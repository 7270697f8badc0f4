"""Ids are text: how numbers become it, what is trimmed, and what counts as missing."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests.conftest import World

TEXT = {
    "plain": "plain",
    "007": "007",
    "17.0": "17.0",
    "1e5": "1e5",
    "null": "null",
    "None": "None",
    "NaN": "NaN",
    "-": "-",
    " around ": "around",
    "in the middle": "in the middle",
    "\ttab and newline\r\n": "tab and newline",
    "\u00a0no-break space\u00a0": "no-break space",
    "\u2003em space\u2009": "em space",
    "\u3000ideographic space\u3000": "ideographic space",
    "\u1680ogham\u205f": "ogham",
    "\u2028separators\u2029": "separators",
    "\u0085next line\u202f": "next line",
    "\u200bzero width is no space\u200b": "\u200bzero width is no space\u200b",
    "Größe ☃": "Größe ☃",
    "it's": "it's",
    'say "hi"': 'say "hi"',
    "CaSe": "CaSe",
}

NUMBERS: list[tuple[pa.DataType, Any, str]] = [
    (pa.int64(), 17, "17"),
    (pa.int64(), -5, "-5"),
    (pa.int64(), 2**63 - 1, "9223372036854775807"),
    (pa.uint64(), 2**64 - 1, "18446744073709551615"),
    (pa.int8(), 100, "100"),
    (pa.float64(), 18.0, "18"),
    (pa.float64(), 18.5, "18.5"),
    (pa.float64(), -300.0, "-300"),
    (pa.float64(), 1e15, "1000000000000000"),
    (pa.float64(), 123456789012345680.0, "123456789012345680"),
    (pa.float64(), 1e22, "10000000000000000000000"),
    (pa.float64(), 0.0, "0"),
    (pa.float32(), 16777216.0, "16777216"),
    (pa.float32(), 2.5, "2.5"),
    (pa.decimal128(12, 2), Decimal("19.00"), "19"),
    (pa.decimal128(12, 2), Decimal("400.00"), "400"),
    (pa.decimal128(12, 2), Decimal("19.50"), "19.5"),
    (pa.decimal128(12, 0), Decimal("5000"), "5000"),
    (pa.decimal128(38, 0), Decimal("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678"),
]

MISSING: list[tuple[pa.DataType, Any]] = [
    (pa.string(), None),
    (pa.string(), ""),
    (pa.string(), "   "),
    (pa.string(), "\u00a0\u3000\t\n"),
    (pa.int64(), None),
    (pa.float64(), float("nan")),
    (pa.float64(), float("inf")),
    (pa.float64(), float("-inf")),
    (pa.float32(), float("nan")),
]


@pytest.fixture(scope="module")
def world(new_world: Callable[..., World]) -> World:
    """Each raw key a customer, whose name (gender, a column like any other) says which case it is."""
    world = new_world()
    cases = [
        *((pa.string(), raw) for raw in TEXT),
        *((kind, value) for kind, value, _ in NUMBERS),
        *MISSING,
    ]
    for n, (kind, value) in enumerate(cases):
        rows = [{"customer_id": value, "gender": _case(kind, value)}]
        world.write(f"customers/{n:03}.parquet", rows, types={"customer_id": kind})
    world.ingest()
    return world


@pytest.fixture(scope="module")
def keys(world: World) -> dict[str, str]:
    """The key in silver by case."""
    return world.pairs("silver.customers", "gender", "customer_id")


@pytest.mark.parametrize(("raw", "key"), TEXT.items())
def test_text_keys_are_trimmed_and_never_reinterpreted(keys: dict[str, str], raw: str, key: str) -> None:
    assert keys[_case(pa.string(), raw)] == key


@pytest.mark.parametrize(("kind", "value", "key"), NUMBERS)
def test_number_keys_are_plain_digits(keys: dict[str, str], kind: pa.DataType, value: Any, key: str) -> None:
    assert keys[_case(kind, value)] == key


@pytest.mark.parametrize(("kind", "value"), MISSING)
def test_nothing_left_is_a_missing_key(world: World, keys: dict[str, str], kind: pa.DataType, value: Any) -> None:
    assert _case(kind, value) not in keys
    quarantined = world.read("ops.quarantine", "raw_row->>'gender' as case_name, reasons")
    assert {"case_name": _case(kind, value), "reasons": ["key_missing", "customer_missing"]} in quarantined


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int32(), pa.string()), pa.string_view()], ids=str)
def test_every_encoding_of_text_is_text(new_world: Callable[..., World], kind: pa.DataType) -> None:
    encoded = new_world()
    encoded.write("customers/c.parquet", [{"customer_id": " a "}, {"customer_id": "b"}], types={"customer_id": kind})
    encoded.ingest()
    assert encoded.column("silver.customers", "customer_id") == ["a", "b"]


def test_the_same_key_in_files_of_different_types_is_one_key(new_world: Callable[..., World]) -> None:
    world = new_world()
    world.write("customers/text.parquet", [{"customer_id": "17"}, {"customer_id": "017"}])
    world.write("customers/number.parquet", [{"customer_id": 17}])
    world.write("customers/decimal.parquet", [{"customer_id": Decimal("17.00")}])
    world.write("sessions/f.parquet", [{"session_id": 5.0, "customer_id": 17.0, "started_at": "2025-07-01"}])
    world.write("sessions/t.parquet", [{"session_id": " 5", "customer_id": "17 ", "started_at": "2025-07-01"}])
    world.ingest()
    assert world.column("silver.customers", "customer_id") == ["017", "17"]
    assert world.read("silver.sessions", "session_id, customer_id") == [{"session_id": "5", "customer_id": "17"}]


def test_other_ids_follow_the_rules_of_keys(new_world: Callable[..., World]) -> None:
    world = new_world()
    event = {"customer_id": "c", "event_type": "play", "occurred_at": "2025-07-01"}
    world.customers("c")
    world.write("events/t.parquet", [{"event_id": "a", "session_id": " s ", "track_id": "\u3000", **event}])
    world.write("events/n.parquet", [{"event_id": "b", "session_id": 3.0, "track_id": float("nan"), **event}])
    world.write("tracks/t.parquet", [{"track_id": 1, "artist_id": " x "}, {"track_id": 2, "artist_id": ""}])
    world.ingest()
    assert world.read("silver.events", "event_id, session_id, track_id") == [
        {"event_id": "a", "session_id": "s", "track_id": None},
        {"event_id": "b", "session_id": "3", "track_id": None},
    ]
    assert world.pairs("silver.tracks", "track_id", "artist_id") == {"1": "x", "2": None}


def _case(kind: pa.DataType, value: Any) -> str:
    return f"{kind} {value!r}"
