"""Every check: what the files of tables and sources promise, the ledger's sums, and every KPI counted again from silver."""

from collections.abc import Callable, Iterator
from typing import Any

from backbeat import content
from backbeat.build.checks import Check, source_checks, table_checks
from backbeat.build.definitions import silently_changed
from backbeat.lake import ledger
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.recount import recounts

CUSTOMER_COLUMNS = {"customer_id", "session_id", "event_id", "subscription_id", "raw_row"}


def check_all(lake: Lakehouse, clock: Clock, say: Callable[[str], None] = lambda _: None) -> list[dict[str, Any]]:
    """Run every check and return rows of ops.checks: check, severity, passed, bad_rows, example, run_at."""
    now = lake.config.clock()
    say("running the checks of every table")
    results = []
    for check in [*_declared(), *_sums()]:
        results.append(_result(lake, check) | {"run_at": now})
    results.append(_definitions(lake) | {"run_at": now})
    say("recount of every KPI from silver")
    return [*results, *(found | {"run_at": now} for found in recounts(lake, clock))]


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


def _definitions(lake: Lakehouse) -> dict[str, Any]:
    """A metric that means something else has another version."""
    changed = silently_changed(ledger.last_done(ledger.current(lake)))
    metrics = content.metrics()
    named = ", ".join(f"{name} version {metrics[name].version}, whose text was {was}" for name, was in changed.items())
    name = "metrics: a version means what it meant when it was first published"
    return {
        "check": name,
        "severity": "fail",
        "passed": not changed,
        "bad_rows": len(changed),
        "example": named or None,
    }
