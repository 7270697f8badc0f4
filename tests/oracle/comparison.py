"""What changed between two windows: counted customer by customer, the jackknife by leaving customers out for real."""

from __future__ import annotations

from hashlib import md5
from math import sqrt

from tests.oracle.clock import Window
from tests.oracle.metrics import measure
from tests.oracle.nouns import Row, World
from tests.oracle.ratios import percent

_BUCKETS = 20
_STUDENT_T_19 = 2.093


def comparison(world: World, metric: str, now: Window, before: Window, threshold: int | None = None) -> Row:
    """Both values, the change of the values as shown, and its 95 % interval, for everybody."""
    members = [measure(world, metric, window, threshold) for window in (now, before)]
    values = [percent(sum(each.values()), len(each)) for each in members]
    if values[0] is None or values[1] is None:
        return {"value": values[0], "previous_value": None, "change": None, "low": None, "high": None}
    change = round(values[0] - values[1], 2)
    half = _half(*members)
    low, high = (None, None) if half is None else (round(change - half, 2), round(change + half, 2))
    return {"value": values[0], "previous_value": values[1], "change": change, "low": low, "high": high}


def bucket(customer: str) -> int:
    """The first 16 bits of the id's hash, divided into 20."""
    return int(md5(customer.encode(), usedforsecurity=False).hexdigest()[:4], 16) % _BUCKETS


def _half(now: dict[str, bool], before: dict[str, bool]) -> float | None:
    changes = []
    for left_out in range(_BUCKETS):
        shares = [_share(each, left_out) for each in (now, before)]
        if shares[0] is None or shares[1] is None:
            return None
        changes.append(100 * (shares[0] - shares[1]))
    mean = sum(changes) / _BUCKETS
    return _STUDENT_T_19 * sqrt((_BUCKETS - 1) / _BUCKETS * sum((change - mean) ** 2 for change in changes))


def _share(members: dict[str, bool], left_out: int) -> float | None:
    kept = [is_in for customer, is_in in members.items() if bucket(customer) != left_out]
    return sum(kept) / len(kept) if kept else None
