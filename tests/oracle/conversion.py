"""conversion, slice `all`: from free to paid, from paid to nothing, from trial to paid."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.oracle.clock import Window, month_window, months, status
from tests.oracle.nouns import Row, World
from tests.oracle.people import known, registered
from tests.oracle.plans import covers, is_trial, paid_cover, plan_at, state_of, subscriptions_of
from tests.oracle.ratios import share

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(hours=24)
_GRACE = timedelta(hours=30 * 24)  # renewal_grace_days


def conversion(world: World, *, closed: bool = False) -> list[Row]:
    """One row for every month of the span."""
    span = months(world)
    return [{**_row(world, month_window(world, month), closed), "is_first_month": month == span[0]} for month in span]


def _row(world: World, month: Window, closed: bool) -> Row:
    free, paid = at_start(world, month, "free"), at_start(world, month, "paid")
    converted = sum(converts(world, customer, month) for customer in free)
    cancelled = sum(cancels(world, customer, month) for customer in paid)
    return {
        "month": month.first,
        "free_at_start": len(free),
        "converted": converted,
        "paid_at_start": len(paid),
        "cancelled": cancelled,
        "conversion_rate": share(converted, len(free)),
        "cancel_rate": share(cancelled, len(paid)),
        "paid_at_start_share": share(len(paid), len(free) + len(paid)),
        **trials_of(world, month, set(known(world))),
        "status": status(world, month.end + _GRACE, closed),
        "slice": "all",
        "slice_value": "all",
    }


def at_start(world: World, month: Window, state: str) -> list[str]:
    """Who was registered by 00:00 of the 1st and had a plan of that state just before."""
    just_before = month.start - _MICROSECOND
    return [
        customer for customer in registered(world, month.start) if plan_at(world, customer, just_before)[1] == state
    ]


def converts(world: World, customer: str, month: Window) -> bool:
    """A paid subscription starts in the month and outlives its first day, or the month."""
    return any(
        state_of(row) == "paid"
        and month.start <= row["effective_start_at"] < month.end
        and covers(row, min(row["effective_start_at"] + _DAY, month.last_instant))
        for row in subscriptions_of(world).get(customer, [])
    )


def cancels(world: World, customer: str, month: Window) -> bool:
    """A gap in paid cover begins in the month and lasts longer than a late renewal."""
    cover = paid_cover(world).get(customer, [])
    resumes = [start for start, _ in cover[1:]] + [None]
    return any(
        end is not None and month.start <= end < month.end and (resumed is None or resumed - end >= _GRACE)
        for (_, end), resumed in zip(cover, resumes, strict=True)
    )


def trials_of(world: World, month: Window, customers: set[str]) -> Row:
    """Trials of some customers that begin in the month, end in it, and become paid."""
    found = {customer: subscriptions_of(world).get(customer, []) for customer in customers}
    trials = [(customer, row) for customer, rows in found.items() for row in rows if is_trial(row)]
    started = [row for _, row in trials if month.start <= row["effective_start_at"] < month.end]
    ended = [
        (customer, row["effective_end_at"])
        for customer, row in trials
        if row["effective_end_at"] is not None and month.start <= row["effective_end_at"] < month.end
    ]
    return {
        "trials_started": len(started),
        "trials_ended": len(ended),
        "trial_to_paid": sum(_is_paid_soon(world, customer, end + _MICROSECOND) for customer, end in ended),
    }


def _is_paid_soon(world: World, customer: str, after: datetime) -> bool:
    """Paid at some instant of [after, after + 24 h)."""
    return any(
        start < after + _DAY and (end is None or end > after) for start, end in paid_cover(world).get(customer, [])
    )
