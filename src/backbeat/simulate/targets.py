"""How many customers each KPI counts, in the proportions of the default world."""

from dataclasses import dataclass

from backbeat.simulate.span import Span

THRESHOLD = 80
"""Sessions in the window from which a customer counts as engaged."""
CUSTOMERS, ACTIVE, ENGAGED, PAID = 12_000, 10_791, 8_276, 6_595
MOST_A_DAY = 8


@dataclass(frozen=True)
class Targets:
    """Customers with a session in the window; of them, those engaged (None = out of reach) and those paying."""

    active: int
    engaged: int | None
    paid: int


def targets_for(customers: int, span: Span) -> Targets:
    """The targets of a world of that size; a window too short for 80 believable sessions has none for engagement."""
    active = max(1, round(customers * ACTIVE / CUSTOMERS))
    reachable = MOST_A_DAY * span.window_days >= THRESHOLD
    return Targets(active, round(active * ENGAGED / ACTIVE) if reachable else None, round(active * PAID / ACTIVE))
