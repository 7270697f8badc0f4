"""A table whose `fail` check finds bad rows keeps its last good version, and so do those below it."""

from typing import Any

import pytest
from tests.conftest import World, later

from backbeat.build import run as build_run
from backbeat.build.checks import Check
from backbeat.content import Table
from backbeat.errors import CheckFailed


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """customer_day has a check that finds a row as long as `failing` is in force."""
    original = build_run.table_checks

    def checks(table: Table) -> Any:
        yield from original(table)
        if table.name == "customer_day":
            yield Check("gold.customer_day: nobody listens on 2 July", "fail", LISTENS)
        yield Check("only a warning", "warn", "select 1 as x")

    monkeypatch.setattr(build_run, "table_checks", checks)
    return monkeypatch


LISTENS = "select customer_id from gold.customer_day where activity_date = date'2025-07-02'"


def test_what_failed_and_what_reads_it_stays_and_is_tried_again(world: World, failing: pytest.MonkeyPatch) -> None:
    world.customers("confidential")
    world.sessions(("s1", "confidential", "2025-07-01"))
    world.run()
    before = world.versions()
    world.sessions(("s2", "confidential", "2025-07-02"), path="sessions/2.parquet", at=later(1))

    with pytest.raises(
        CheckFailed, match=r"gold\.customer_day keeps its last good version: .*nobody listens"
    ) as caught:
        world.run()
    assert "confidential" not in str(caught.value)
    after = world.versions()
    for table in ("gold.customer_day", "gold.kpis", "gold.kpi_summary", "gold.sessions_histogram"):
        assert after[table] == before[table], table
    assert len(world.column("gold.customer_day", "activity_date")) == 1
    assert (
        world.sql(
            "select sum(numerator) as n from gold.kpis where metric = 'session_adoption_rate' and slice = 'all' and window_kind = 'default'"
        )[0]["n"]
        == 1
    )

    failing.undo()
    world.run()
    assert len(world.column("gold.customer_day", "activity_date")) == 2
    assert world.failures() == []
