"""How many customers each rule of exclusions.yml leaves out."""

from typing import Any

from backbeat import content
from backbeat.lake.lakehouse import Lakehouse


def excluded_by_rule(lake: Lakehouse) -> list[dict[str, Any]]:
    """Rows of rule, customers: every rule in force, those that meet nobody included. Somebody may meet several."""
    if not lake.table("gold.excluded_customers").exists():
        return []
    sql = "select rule, count(*) as customers from gold.excluded_customers group by rule"
    found = {row["rule"]: row["customers"] for row in lake.rows(sql)}
    rules = content.exclusions(lake.config.exclusions).rules
    return [{"rule": rule, "customers": found.get(rule, 0)} for rule in rules]


def exclusion_notes(lake: Lakehouse) -> tuple[str, ...]:
    """The same as a line for people after a build, none where there are no rules."""
    if not lake.table("gold.excluded_customers").exists():
        return ()
    lake.show("gold.excluded_customers")
    counts = [f"{row['rule']} {row['customers']:,}" for row in excluded_by_rule(lake)]
    return (f"customers left out by exclusions: {', '.join(counts)}",) if counts else ()
