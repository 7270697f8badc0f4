"""The API: the numbers of the command line, pages of rows, JSON or CSV, and nothing that a made-up request can break."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient
from tests.conftest import World
from tests.traffic import FIRST, times, write_traffic

from backbeat import content
from backbeat.dashboard.app import create_app

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
HERE = "http://127.0.0.1"


@pytest.fixture(scope="module")
def app(new_world: Callable[..., World]) -> Any:
    world = new_world()
    world.write(
        "customers/c.parquet", [{"customer_id": f"c{n}", "country": "SE" if n < 7 else "NO"} for n in range(10)]
    )
    world.sessions(*[(f"s{n}-{d}", f"c{n}", f"2025-07-{d:02}T10:00:00Z") for n in range(10) for d in range(1, 15)])
    world.run(close=True)
    return create_app(world.open())


@pytest.fixture(scope="module")
def client(app: Any) -> TestClient:
    return TestClient(app, base_url=HERE)


@pytest.fixture(scope="module")
def described(app: Any) -> Any:
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers={"host": "127.0.0.1"})
    schema.config.base_url = HERE
    return schema


def test_kpis_are_those_of_the_command(app: Any, client: TestClient) -> None:
    lake = app.state.reader.lake
    for query, asked in (
        ("", {}),
        ("?by=country&where=country=SE", {"by": ["country"], "where": {"country": ["SE"]}}),
        ("?engaged_sessions=3&metric=engaged_rate", {"engaged_sessions": 3, "metrics": ["engaged_rate"]}),
    ):
        assert client.get(f"/api/kpis{query}").json() == lake.kpis(**asked).document()


def test_alerts_are_those_of_the_command(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_traffic(world, "all", times(4), FIRST + timedelta(days=4))
    world.run()
    lake, client = world.open(), TestClient(create_app(world.open()), base_url=HERE)
    for query, asked in (("", {}), ("&all=true", {"every": True}), ("&state=resolved", {"state": "resolved"})):
        told = client.get(f"/api/alerts?limit=1000{query}").json()["alerts"]
        wanted = lake.alerts.list(limit=1000, **asked)
        assert sorted((row["alert"], row["severity"], row["state"]) for row in told) == sorted(
            (row["alert"], row["severity"], row["state"]) for row in wanted
        )
        assert told
    assert client.get("/api/alerts?state=odd").status_code == 422


def test_csv_where_it_is_preferred(client: TestClient) -> None:
    answered = client.get("/api/kpis", headers={"accept": "text/csv"})
    assert answered.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answered.text)))
    assert [row["metric"] for row in rows] == [row["metric"] for row in client.get("/api/kpis").json()["kpis"]]


def test_tables_come_in_pages_that_are_whole(client: TestClient) -> None:
    address, rows = "/api/tables/kpis?limit=7", []
    while address:
        page = client.get(address).json()
        rows += page["rows"]
        address = page["next"]
    assert (
        len(rows) == page["total"] == len({tuple(row[name] for name in content.tables()["kpis"].key) for row in rows})
    )


def test_small_groups_are_in_no_table(client: TestClient) -> None:
    rows = client.get("/api/tables/kpis?limit=10000").json()["rows"]
    assert {row["slice_value"] for row in rows if row["slice"] == "country" and row["metric"] == "paid_share"} == {"SE"}


def test_no_table_has_a_customer(client: TestClient) -> None:
    listed = client.get("/api/tables").json()
    assert len(listed) > 8
    assert [table for table in listed if "customer_id" in table["columns"]] == []
    assert client.get("/api/tables/customer_day").status_code == 404


def test_metrics_are_explained(client: TestClient) -> None:
    assert {metric["name"] for metric in client.get("/api/metrics").json()} == set(content.metrics())


def test_errors_say_what_to_do(client: TestClient) -> None:
    assert client.get("/api/kpis?where=country").json()["error"].endswith("where=country=SE")
    assert client.get("/api/kpis?from=2025-07-01").status_code == 400
    assert client.get("/charts/overview/99.csv").status_code == 404
    assert "there is no page" in client.get("/nowhere", headers={"accept": "text/html"}).text


def test_the_documentation_needs_nothing_from_outside(client: TestClient) -> None:
    page = client.get("/api").text
    assert "GET /api/kpis" in page
    assert "//" not in page.replace("http://www.w3.org", "").partition("<main")[2]


def test_made_up_requests_break_nothing(described: Any) -> None:
    for result in described.get_all_operations():
        fuzz(result.ok())


def fuzz(operation: Any) -> None:
    """Call an operation with values of its kind and with others."""

    @settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, headers={"host": "127.0.0.1"})

    call()
