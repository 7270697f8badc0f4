"""Answers as tables, JSON and CSV."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from backbeat.cli.kpis import parse_where
from backbeat.cli.options import Format
from backbeat.cli.output import emit, number
from backbeat.errors import UsageError

ROW = {
    "text": "a\nb",
    "count": 1234567,
    "share": 12.5,
    "nothing": None,
    "flag": True,
    "at": datetime(2025, 7, 1, 10, tzinfo=UTC),
    "day": date(2025, 7, 1),
    "exact": Decimal("5"),
    "list": ["x", None],
}


def printed(capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]], style: Format, columns: Any = ()) -> str:
    emit(rows, style, columns)
    return capsys.readouterr().out


def test_json_keeps_numbers_and_writes_times_in_iso(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = json.loads(printed(capsys, [ROW], Format.json))
    assert found["count"] == 1234567
    assert (found["at"], found["day"], found["nothing"], found["flag"]) == (
        "2025-07-01T10:00:00+00:00",
        "2025-07-01",
        None,
        True,
    )
    assert (found["exact"], found["list"]) == (5, ["x", None])


def test_a_table_cuts_no_microseconds(capsys: pytest.CaptureFixture[str]) -> None:
    fine = datetime(2025, 7, 1, 23, 59, 59, 999999, tzinfo=UTC)
    assert printed(capsys, [{"at": fine}, {"at": ROW["at"]}], Format.table).splitlines()[2:] == [
        "2025-07-01 23:59:59.999999",
        "2025-07-01 10:00:00",
    ]


def test_csv_has_a_header_also_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, [], Format.csv, ("a", "b")) == "a,b\n"
    assert printed(capsys, [{"a": 1, "b": None}], Format.csv) == "a,b\n1,\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "=cmd|' /C calc'!A0"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(capsys: pytest.CaptureFixture[str], text: str) -> None:
    rows = list(csv.reader(io.StringIO(printed(capsys, [{"a": text}], Format.csv), newline="")))
    assert rows[1] == [f"'{text}"]


@pytest.mark.parametrize("value", ["a=b", "x-1", "", "é", -5, -1.5])
def test_other_values_are_left_alone(capsys: pytest.CaptureFixture[str], value: Any) -> None:
    assert printed(capsys, [{"a": value, "b": 1}], Format.csv).splitlines()[1] == f"{value},1"


def test_a_table_groups_thousands_and_stays_on_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, [ROW], Format.table).splitlines()
    assert len(lines) == 3
    assert "1,234,567" in lines[2]
    assert "a b" in lines[2]
    assert "yes" in lines[2]


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0, "0"), (1234567, "1,234,567"), (0.5, "0.5")])
def test_numbers_for_people(value: Any, text: str) -> None:
    assert number(value) == text


def test_where_widens_within_a_slice_and_narrows_across() -> None:
    given = ["country=SE", "country=NO", "plan=a=b", "device="]
    assert parse_where(given) == {"country": ["SE", "NO"], "plan": ["a=b"], "device": [""]}
    with pytest.raises(UsageError, match="SLICE=VALUE"):
        parse_where(["country"])
