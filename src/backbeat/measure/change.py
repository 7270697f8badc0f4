"""Two counts of a metric as a change, and whether it is one. Pure: nothing here reads a lake."""

from dataclasses import dataclass
from typing import Any, Literal

from backbeat.measure.kpis import share_in_percent
from backbeat.measure.tally import Tally, half_interval
from backbeat.specs import Metric

Verdict = Literal["better", "worse", "unclear"]


@dataclass(frozen=True)
class Change:
    """One metric and slice in two windows. Values are percent; `change`, `low`, `high` (95 %) are points.

    Where it is not `comparable`, `why` says so and what is about the other window is None. `verdict` needs an interval
    that leaves out zero to be better or worse; a series has no interval. `status` is that of the whole period asked for.
    """

    metric: str
    slice: str
    slice_value: str
    numerator: int | None
    denominator: int | None
    value: float | None
    previous_numerator: int | None = None
    previous_denominator: int | None = None
    previous_value: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = "percent"
    verdict: Verdict | None = None
    target: float | None = None
    is_on_target: bool | None = None
    status: str = "provisional"
    comparable: bool = False
    why: str | None = None


def change(
    metric: Metric, now: Tally | None, before: Tally | None, *, status: str, why: str | None = None, **labels: Any
) -> Change:
    """Two tallies of a metric as a change; None is what is withheld. Pure: the pages and exports use it, too."""
    counts = _counts(now), _counts(before)
    values = [share_in_percent(*each) for each in counts]
    why = why or _unlike(now, before)
    mine = {"numerator": counts[0][0], "denominator": counts[0][1]}
    others = {"previous_numerator": counts[1][0], "previous_denominator": counts[1][1]} if not why else {}
    half = half_interval(now, before) if now and before and not why else None
    return weighed(
        metric, values[0], None if why else values[1], half, status=status, why=why, **mine, **others, **labels
    )


def weighed(
    metric: Metric, value: float | None, previous: float | None, half: float | None, *, why: str | None, **rest: Any
) -> Change:
    """A change of values that are known, with half the width of its interval where there is one."""
    moved = None if value is None or previous is None else round(value - previous, 2)
    low, high = (None, None) if moved is None or half is None else (round(moved - half, 2), round(moved + half, 2))
    return Change(
        metric.name, value=value, previous_value=previous, change=moved, low=low, high=high, unit=metric.unit,
        verdict=_verdict(metric, low, high), target=metric.target, is_on_target=_on_target(metric, value),
        comparable=why is None, why=why, **rest,
    )  # fmt: skip


def _verdict(metric: Metric, low: float | None, high: float | None) -> Verdict | None:
    if low is None or high is None:
        return None
    if low <= 0 <= high:
        return "unclear"
    return "better" if (low > 0) == (metric.better == "up") else "worse"


def _on_target(metric: Metric, value: float | None) -> bool | None:
    if metric.target is None or value is None:
        return None
    return value >= metric.target if metric.better == "up" else value <= metric.target


def _unlike(now: Tally | None, before: Tally | None) -> str | None:
    if now is None or before is None:
        return "too few customers to be shown"
    return None if now.denominator and before.denominator else "nobody to compare"


def _counts(tally: Tally | None) -> tuple[int | None, int | None]:
    return (tally.numerator, tally.denominator) if tally else (None, None)
