"""Why an overall share changed: because customers of a slice did otherwise, or because other customers came.

With w the part of all customers and r the share of each slice, before (0) and now (1), the change of Σ w·r is the sum
of rate effects Δr · (w0 + w1) / 2 and mix effects Δw · ((r0 + r1) / 2 − (R0 + R1) / 2), R being the overall shares. The
second term of the mix effect adds up to nothing, since ΣΔw = 0; it makes the effect of a slice say whether more
customers of a better slice came, and not only whether more came.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import floor
from typing import Any

import pyarrow as pa

from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.change import Change
from backbeat.measure.compare import changes, pairs, smaller
from backbeat.measure.counts import Counts
from backbeat.measure.groups import OTHER
from backbeat.measure.periods import Against, Pair, paired
from backbeat.measure.question import question
from backbeat.measure.tally import Tally

Sliced = tuple[str, Tally, Tally]
_COLUMNS = ("metric", "slice", "slice_value", "customers", "previous_customers", "rate_effect", "mix_effect")


@dataclass(frozen=True)
class Effect:
    """What a slice value did to the overall change, in percentage points; `customers` are those of the denominator."""

    metric: str
    slice: str
    slice_value: str
    customers: int
    previous_customers: int
    rate_effect: float
    mix_effect: float


@dataclass(frozen=True)
class Split:
    """A change and the effects it is made of, which add up to it; none where it can't be split."""

    pair: Pair | None
    change: Change | None
    effects: tuple[Effect, ...] = ()

    def to_arrow(self) -> pa.Table:
        """The effects as an Arrow table."""
        return pa.Table.from_pylist([asdict(effect) for effect in self.effects], schema=_SCHEMA)

    def document(self) -> dict[str, Any]:
        """The split as JSON."""
        return {
            "change": asdict(self.change) if self.change else None,
            "effects": [asdict(effect) for effect in self.effects],
        }


def split(lake: Lakehouse, clock: Clock, *, metric: str, by: str, against: Against = "previous", **asked: Any) -> Split:
    """The change of a metric between two windows, divided by one slice into rate and mix effects.

    Raises UsageError for a series, which has no slices. Groups that have too few customers in either window are merged
    as `other`, together with as many of the next smallest as it takes to be enough; of a filter that leaves too few
    nothing is said.
    """
    q = question(lake, clock, metrics=[metric], by=[by], **asked)
    counts = Counts(lake, clock, q.metrics)
    if q.window is None or not counts.has_customers:
        return Split(None, None)
    pair = paired(q.window, clock, against)
    counted = list(pairs(counts, q.metrics[0], q, pair))
    everybody = [row for row in counted if row[0][0] == "all"]
    (whole,) = changes(counts, q.metrics[0], q, pair, clock.status(q.window.last), everybody)
    sliced = [(value, now, before) for (name, value), now, before in counted if name == by]
    return Split(pair, whole, effects(whole, by, enough(sliced, lake.config.min_group)))


def effects(whole: Change, by: str, sliced: Sequence[Sliced]) -> tuple[Effect, ...]:
    """Rate and mix effects of each slice value, rounded so that they add up to the change as it is shown; pure."""
    if whole.change is None:
        return ()
    everybody = _merged(sliced)
    exact = [effect for one in sliced for effect in _exact(one, everybody)]
    rounded = _adding_up([10_000 * effect for effect in exact], round(100 * whole.change))
    both = zip(rounded[::2], rounded[1::2], strict=True)
    return tuple(
        Effect(whole.metric, by, value, now.denominator, before.denominator, rate / 100, mix / 100)
        for (value, now, before), (rate, mix) in zip(sliced, both, strict=True)
    )


def enough(sliced: Sequence[Sliced], min_group: int) -> list[Sliced]:
    """The slice values, largest first, those of too few customers merged as `other` until it is large enough."""
    ordered = sorted(sliced, key=lambda row: (-_size(row), row[0]))
    large = [row for row in ordered if _size(row) >= min_group]
    rest = ordered[len(large) :]
    while rest and large and _size(_merged(rest)) < min_group:
        rest = [large.pop(), *rest]
    return [*large, *([_merged(rest)] if rest else [])]


def _merged(rows: Sequence[Sliced]) -> Sliced:
    _, now, before = rows[0]
    for _, more_now, more_before in rows[1:]:
        now, before = now + more_now, before + more_before
    return OTHER, now, before


def _size(row: Sliced) -> int:
    return smaller({"now": row[1], "before": row[2]})


def _exact(one: Sliced, whole: Sliced) -> tuple[Fraction, Fraction]:
    """The rate effect and the mix effect of a slice, as fractions of one."""
    (_, now, before), (_, all_now, all_before) = one, whole
    weights = Fraction(now.denominator, all_now.denominator), Fraction(before.denominator, all_before.denominator)
    rates = _rate(now, before), _rate(before, now)
    overall = _rate(all_now, all_before) + _rate(all_before, all_now)
    rate_effect = (rates[0] - rates[1]) * (weights[0] + weights[1]) / 2
    return rate_effect, (weights[0] - weights[1]) * (rates[0] + rates[1] - overall) / 2


def _rate(tally: Tally, other: Tally) -> Fraction:
    """The share; of a slice that is empty in one window that of the other: that it came or went is all mix."""
    share = tally.share if tally.share is not None else other.share
    return Fraction(0) if share is None else share


def _adding_up(values: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers that add up to a total, each as near to its value as that allows: largest remainders first."""
    floors = [floor(value) for value in values]
    missing = total - sum(floors)
    turns = sorted(range(len(values)), key=lambda i: floors[i] - values[i])
    for n in range(abs(missing)):
        floors[turns[n % len(turns)]] += 1 if missing > 0 else -1
    return floors


_SCHEMA = pa.schema(
    [
        (name, pa.string() if name in _COLUMNS[:3] else pa.float64() if name.endswith("effect") else pa.int64())
        for name in _COLUMNS
    ]
)
