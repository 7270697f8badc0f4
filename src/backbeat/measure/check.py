"""Every check: what the files of tables and sources promise, the ledger's sums, and every KPI counted again from silver."""

from collections.abc import Callable, Iterator
from typing import Any

from backbeat import content
from backbeat.build.checks import Check, source_checks, table_checks
from backbeat.build.kpis import kpi_selects, kpi_text
from backbeat.build.plan import in_order, inputs
from backbeat.build.run import build_values
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse

CUSTOMER_COLUMNS = {"customer_id", "session_id", "event_id", "subscription_id", "raw_row"}


def check_all(lake: Lakehouse, clock: Clock, say: Callable[[str], None] = lambda _: None) -> list[dict[str, Any]]:
    """Run every check and return rows of ops.checks: check, severity, passed, bad_rows, example, run_at."""
    now = lake.config.clock()
    say("running the checks of every table")
    results = []
    for check in [*_declared(), *_sums()]:
        results.append(_result(lake, check) | {"run_at": now})
    say("recount of every KPI from silver")
    return [*results, _recount(lake, clock) | {"run_at": now}]


def _declared() -> Iterator[Check]:
    for source in content.sources().values():
        yield from source_checks(source)
    for table in content.tables().values():
        yield from table_checks(table)


def _sums() -> Iterator[Check]:
    """What the ledger counted is what the tables hold."""
    yield Check(
        "ops.batches: rows_read = rows_accepted + rows_quarantined + rows_duplicate",
        "fail",
        "select batch_id from ops.batches where rows_read <> rows_accepted + rows_quarantined + rows_duplicate",
    )
    for name in content.sources():
        native = "_source_file not like 'events%'" if name == "sessions" else "true"
        yield Check(
            f"silver.{name}: rows = accepted - replaced",
            "fail",
            f"""
select counted.n from (select count(*) as n from silver.{name} where {native}) as counted
cross join (
  select coalesce(sum(rows_accepted - rows_replaced), 0) as n from ops.batches where source = '{name}') as booked
where counted.n <> booked.n""",
        )
    yield Check(
        "gold.activity_5m: no more customers than sessions",
        "fail",
        "select window_start from gold.activity_5m where customers > sessions",
    )


def _result(lake: Lakehouse, check: Check) -> dict[str, Any]:
    bad = lake.rows(f"select count(*) as n from ({check.sql})")[0]["n"]
    example = lake.rows(f"{check.sql} limit 1") if bad else []
    return {
        "check": check.name,
        "severity": check.severity,
        "passed": bad == 0,
        "bad_rows": bad,
        "example": _masked(example[0]) if example else None,
    }


def _masked(row: dict[str, Any]) -> str:
    """A bad row without what belongs to a customer."""
    return ", ".join(f"{name}={value}" for name, value in row.items() if name not in CUSTOMER_COLUMNS)


def _recount(lake: Lakehouse, clock: Clock) -> dict[str, Any]:
    """Compute the tables that KPIs read anew from silver, then every KPI of them, and compare with gold.kpis."""
    values = build_values(lake, clock)
    stored = lake.rows("select count(*) as n from gold.kpis")[0]["n"]
    lake.engine.execute("create or replace temp table stored_kpis as select * from gold.kpis")
    for table in _behind_kpis():
        lake.engine.keep(f"recounted_{table.name}", content.with_relations(table.sql), values)
    for table in _behind_kpis():
        lake.stand_in(f"gold.{table.name}", f"recounted_{table.name}")
    lake.engine.gather("fresh_kpis", kpi_selects(lake.config, clock))
    differing = lake.engine.native("""
select count(*) as n
from ((from fresh_kpis except from stored_kpis) union all (from stored_kpis except from fresh_kpis))""")
    bad = int(differing.column("n")[0].as_py())
    name = f"gold.kpis: all {stored} values counted again from silver"
    return {"check": name, "severity": "fail", "passed": bad == 0, "bad_rows": bad, "example": None}


def _behind_kpis() -> list[content.Table]:
    """The gold tables that metrics and slices read, upstream first."""
    wanted = content.reads(kpi_text())
    found: list[content.Table] = []
    for table in reversed(in_order()):
        if f"gold.{table.name}" in wanted:
            found.insert(0, table)
            wanted |= inputs(table)
    return found
