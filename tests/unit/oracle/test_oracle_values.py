"""Keys, numbers and text forms, by hand."""

import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from tests.oracle.contract import Chosen, Column
from tests.oracle.nouns import Day, Single, Stamp, UnreadableError
from tests.oracle.text import as_json, as_text
from tests.oracle.values import read_value


def read(kind: str, value: object, meant: str = "x") -> object:
    return read_value(value, Chosen(Column("x", kind, ("x",)), 0, meant), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("value", "key"),
    [
        *[(7, "7"), (7.0, "7"), (1e20, "100000000000000000000"), (-0.0, "0"), (17.5, "17.5")],
        *[(Decimal("7.00"), "7"), (Decimal("7.50"), "7.5"), (Decimal("100"), "100")],
        *[("007", "007"), ("17.0", "17.0"), ("null", "null"), ("\u2003 a b\u00a0\n", "a b"), ("\u200b", "\u200b")],
        *[("", None), (" \t", None), (float("nan"), None), (float("-inf"), None), (None, None)],
    ],
)
def test_key(value: object, key: str | None) -> None:
    assert read("key", value) == key


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        *[
            (2.5, 3),
            (2.4999999, 2),
            (Decimal("0.5"), 1),
            (" 12 ", 12),
            ("1e3", 1000),
            ("+1.5", 2),
            (-9 * 10**12, -9 * 10**12),
            ("0e999999999", 0),
            ("1e-999999999", 0),
        ],
    ],
)
def test_whole_number(value: object, whole: int) -> None:
    assert read("whole", value) == whole


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "1.",
        ".5",
        "0x10",
        "1_000",
        float("nan"),
        float("inf"),
        True,
        9 * 10**12 + 1,
        2**63,
        "1e999999999",
        "1e" + "9" * 30,
    ],
)
def test_unreadable_whole_number(value: object) -> None:
    with pytest.raises(UnreadableError):
        read("whole", value)


@pytest.mark.parametrize(("seconds", "ms"), [(246.30812, 246_308), (1.0005, 1001), ("0.0004", 0), (3, 3000)])
def test_seconds_become_milliseconds_rounded_half_up(seconds: object, ms: int) -> None:
    assert read("duration", seconds, meant="duration_s") == ms


@pytest.mark.parametrize(("value", "amount"), [("9.99", 9.99), (Decimal("9.99"), 9.99), (5, 5.0)])
def test_amount(value: object, amount: float) -> None:
    assert read("amount", value) == amount


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(True, "true"), (1.5, "1.5"), (3.0, "3"), (Single(0.10000000149011612), "0.1"), (float("nan"), "NaN")],
        *[(b"\x00\xff", "00ff"), (Day(-1), "1969-12-31"), (Day(2932897), "10000-01-01")],
        *[(Stamp(0, 1, True), "1970-01-01T00:00:00Z"), (Stamp(1, 10**9, False), "1970-01-01T00:00:00")],
        *[
            (Stamp(1_500, 1_000, False), "1970-01-01T00:00:01.500000"),
            (Stamp(-1, 10**9, True), "1969-12-31T23:59:59.999999Z"),
        ],
    ],
)
def test_text_form(value: object, text: str) -> None:
    assert as_text(value) == text


def test_rows_are_strict_json_of_strings() -> None:
    row = {"a": None, "é": [1, None, {"b": float("nan")}], "c": False}
    assert as_json(row) == '{"a":null,"é":["1",null,{"b":"NaN"}],"c":"false"}'
    assert json.loads(as_json(row))["c"] == "false"
