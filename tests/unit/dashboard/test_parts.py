"""The small parts of the dashboard, without a server."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from backbeat import content
from backbeat.build.windows import Window
from backbeat.config import Config
from backbeat.dashboard import access
from backbeat.dashboard.answers import METRIC_COLUMNS, Answer
from backbeat.dashboard.api import wants_csv
from backbeat.dashboard.filters import Filters, before, opening_window, parse, presets
from backbeat.dashboard.format import Form, language, span
from backbeat.dashboard.mask import shape
from backbeat.dashboard.thin import thinned
from backbeat.dashboard.views import number_columns, spark_points, table_rows
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.specs import Block, Page
from backbeat.texts import csv_text

ZONE = ZoneInfo("UTC")


def clock(final_before: str | None, as_of: str = "2025-08-20T12:00") -> Clock:
    final = datetime.fromisoformat(final_before).replace(tzinfo=UTC) if final_before else None
    return Clock(datetime(2025, 1, 5, tzinfo=UTC), datetime.fromisoformat(as_of).replace(tzinfo=UTC), final, ZONE)


def test_filters_and_their_query_are_one() -> None:
    query = [
        ("from", "2025-07-01"),
        ("to", "2025-07-31"),
        ("country", "SE"),
        ("country", "DE"),
        ("plan", "a&b"),
        ("threshold", "60"),
    ]
    filters = parse(query)
    assert filters.by_slice == {"country": ("DE", "SE"), "plan": ("a&b",)}
    assert filters.query() == "from=2025-07-01&to=2025-07-31&threshold=60&country=DE&country=SE&plan=a%26b"
    assert filters.query(threshold=None, country=None) == "from=2025-07-01&to=2025-07-31&plan=a%26b"
    assert filters.names == {"dates", "country", "plan", "threshold"}


def test_empty_fields_of_a_form_are_no_filters() -> None:
    assert parse([("from", ""), ("to", ""), ("threshold", ""), ("theme", "dark")]) == Filters()


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2025-07-01"}, {"from": "2025-07-02", "to": "2025-07-01"}, {"from": "July", "to": "2025-07-01"},
        {"threshold": "0"}, {"threshold": "²"}, {"threshold": "9" * 30}, {"from": "0001-01-01", "to": "2025-01-01"},
        {"from": "2025-01-01", "to": "9999-12-31"},
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_said(query: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        parse(query.items())


@pytest.mark.parametrize(
    ("final_before", "expected"),
    [
        ("9999-01-01", (date(2025, 6, 20), date(2025, 8, 20))),
        ("2025-08-20T11:00", (date(2025, 7, 1), date(2025, 7, 31))),
        ("2025-07-31T23:59", (date(2025, 6, 1), date(2025, 6, 30))),
        (None, (date(2025, 6, 20), date(2025, 8, 20))),
    ],
)
def test_it_opens_on_the_last_final_window(final_before: str | None, expected: tuple[date, date]) -> None:
    found = opening_window(Config(), clock(final_before))
    assert found and (found.first, found.last) == expected


def test_presets_end_where_the_data_does() -> None:
    found = presets(Config(), clock(None))
    assert found["Last 7 days"].first == date(2025, 8, 14)
    assert (found["July 2025"].first, found["July 2025"].last) == (date(2025, 7, 1), date(2025, 7, 31))
    assert found["Everything"].first == date(2025, 1, 5)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ((date(2025, 7, 1), date(2025, 7, 31)), (date(2025, 6, 1), date(2025, 6, 30))),
        ((date(2025, 3, 1), date(2025, 3, 31)), (date(2025, 2, 1), date(2025, 2, 28))),
        ((date(2025, 7, 1), date(2025, 8, 31)), (date(2025, 4, 30), date(2025, 6, 30))),
        ((date(2025, 7, 8), date(2025, 7, 14)), (date(2025, 7, 1), date(2025, 7, 7))),
    ],
)
def test_the_window_before(window: tuple[date, date], expected: tuple[date, date]) -> None:
    found = before(Window("given", *window))
    assert (found.first, found.last) == expected


@pytest.mark.parametrize(
    ("accepted", "number"),
    [("de-DE,en", "1.234,5"), ("en", "1,234.5"), ("xx,fr;q=0.5", "1\u202f234,5"), ("", "1,234.5")],
)
def test_numbers_follow_the_language(accepted: str, number: str) -> None:
    assert Form(language(accepted), ZONE).number(1234.5, 1) == number


def test_cells_are_written_for_people() -> None:
    form = Form("en", ZoneInfo("Europe/Berlin"))
    assert form.cell("conversion_rate", 0.0314) == "3.1\u202f%"
    assert form.cell("month", date(2025, 7, 1)) == "Jul 2025"
    assert form.cell("window_start", datetime(2025, 7, 1, 22, 0, tzinfo=UTC)) == "2025-07-02 00:00"
    assert form.cell("batch_id", 1200) == "1200"
    assert form.cell("rows", -1200) == "−1,200"
    assert [form.cell("x", value) for value in (None, True)] == ["–", "yes"]


def test_spans() -> None:
    assert span(Window("given", date(2024, 12, 30), date(2025, 1, 2))) == "30 Dec 2024 – 2 Jan 2025"
    assert span(Window("month", date(2025, 7, 1), date(2025, 7, 31))) == "July 2025"


def test_thinning_keeps_peaks_and_ends() -> None:
    values = [0.0] * 5_000
    values[1234], values[4321] = 99.0, -99.0
    table = pa.table({"t": list(range(5_000)), "v": values})
    rows = thinned(table, Block(chart="line", table="x", x="t", y=("v",)), most=100)
    assert len(rows) <= 110
    assert {1234, 4321, 0, 4_999} <= {row["t"] for row in rows}
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)


def test_a_raw_row_is_its_shape() -> None:
    assert shape('{"id": "Åsa17", "when": "2025-13-01", "gone": null}') == "id: xxx99, when: 9999-99-99, gone: null"


def test_sparklines_have_their_gaps_left_out() -> None:
    assert spark_points([1.0, None, 3.0], width=10, height=20) == "0.0,17.0 10.0,3.0"
    assert spark_points([None, 5.0]) == ""


@pytest.mark.parametrize(
    ("accept", "csv"),
    [
        ("text/csv", True),
        ("application/json", False),
        ("*/*", False),
        ("text/csv;q=0.5, application/json", False),
        ("text/csv, */*", True),
        ("text/csv;q=x", False),
    ],
)
def test_accept_decides(accept: str, csv: bool) -> None:
    assert wants_csv(accept) is csv


def test_csv_is_no_formula() -> None:
    assert csv_text([{"a": "=1+1", "b": -5}, {"a": "x\ny", "b": None}], ["a", "b"]) == 'a,b\n\'=1+1,-5\n"x\ny",\n'


def test_only_this_machine_without_somebody_at_the_door() -> None:
    assert access.access("127.0.0.1", None).is_open
    assert access.access("0.0.0.0", "header:X-Forwarded-Email").header == "x-forwarded-email"
    assert len(access.access("0.0.0.0", "token").token or "") > 20
    for host, auth in (("0.0.0.0", None), ("0.0.0.0", "header:"), ("127.0.0.1", "none")):
        with pytest.raises(UsageError):
            access.access(host, auth)


PAGE = Page(title="P", question="?", blocks=(), made_by={"soon": "backbeat soon"}, name="p")


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({}, "write `tile"), ({"tile": "nope"}, "no metric 'nope'"), ({"chart": "line", "metric": "paid_share", "by": "age"}, "no slice 'age'"),
        ({"table": "nope", "columns": ("a",)}, "no table 'nope'"), ({"table": "batches", "columns": ("nope",)}, "no column of batches 'nope'"),
        ({"chart": "line", "table": "daily_engagement"}, "a chart needs"),
        ({"table": "customer_day", "columns": ("customer_id",)}, "a row per customer"),
        ({"chart": "bar", "table": "customer_segments", "x": "customer_id", "count": "n"}, "a row per customer"),
    ],
)  # fmt: skip
def test_a_page_that_names_what_is_not_there_is_an_error(block: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        content.demand_known(PAGE, Block(**block), "here")


def test_a_table_that_a_command_fills_need_not_be_there() -> None:
    content.demand_known(PAGE, Block(table="soon", columns=("anything",)), "here")


def test_only_a_kpi_s_value_is_in_percent() -> None:
    form = Form("en", ZONE)
    kpi = Answer(
        ("month", *METRIC_COLUMNS), [{"month": "x", "value": 12.5, "numerator": 1, "denominator": 8, "status": "final"}]
    )
    assert table_rows(kpi, form) == [["x", "12.50\u202f%", "1", "8", "final"]]
    quality = Answer(
        ("metric", "value", "low"),
        [{"metric": "f1", "value": 0.5, "low": None}, {"metric": "ece", "value": 0.25, "low": 0.125}],
    )
    assert table_rows(quality, form) == [["f1", "0.50", "–"], ["ece", "0.25", "0.12"]]
    assert number_columns(quality) == {"value", "low"}
