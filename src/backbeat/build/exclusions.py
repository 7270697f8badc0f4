"""exclusions.yml → SQL: who leaves every metric about customers, and by which rule."""

from collections.abc import Mapping
from typing import Any

from backbeat import content
from backbeat.engines import Engine
from backbeat.specs import Exclusions


def exclusion_texts() -> list[str]:
    """Every text that gold.excluded_customers may stand on."""
    return [_labelled(sql) for sql in content.exclusion_kinds().values()]


def exclusion_selects(engine: Engine, exclusions: Exclusions, values: Mapping[str, Any]) -> list[str]:
    """gold.excluded_customers as SELECTs in the engine's SQL, one a rule."""
    kinds = content.exclusion_kinds()
    selects = [
        engine.bind(_labelled(kinds[kind]), {**values, "rule": name, "given": _plain(given)})
        for name, kind, given in exclusions.by_kind()
    ]
    return selects or [engine.bind(_NOBODY)]


def exclusion_inputs(exclusions: Exclusions) -> set[str]:
    """The tables that the rules in force read; none where there are no rules."""
    kinds = content.exclusion_kinds()
    return {table for _, kind, _ in exclusions.by_kind() for table in content.reads(_labelled(kinds[kind]))}


def _labelled(sql: str) -> str:
    return content.with_relations(f"""
select found.customer_id, :rule as rule, min(found.since) as since
from (
{sql}
) as found
join silver.customers as customers on customers.customer_id = found.customer_id
group by found.customer_id""")


def _plain(given: Any) -> Any:
    return list(given) if isinstance(given, tuple) else given


_NOBODY = (
    "select cast(null as string) as customer_id, cast(null as string) as rule, cast(null as date) as since where false"
)
