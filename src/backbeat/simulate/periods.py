"""Subscription rows: one per customer and period of one plan."""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from backbeat.simulate.span import NEVER, Span
from backbeat.simulate.text import customer_ids, numbered, texts

TRIAL_DAYS = 30
FREE, TRIAL, FIRST_PAID = 0, 1, 2
TYPES = ("free", "trial", "premium", "family", "student", "duo")
AMOUNTS = (0.0, 0.0, 10.99, 16.99, 5.99, 14.99)
STATUSES = ("active", "trialing", "expired", "cancelled", None)
ACTIVE, TRIALING, EXPIRED, CANCELLED, UNKNOWN = range(5)
UNKNOWN_EVERY = 37
"""One in so many customers has no status on the running row: the company's system lost it."""


@dataclass(frozen=True)
class Periods:
    """One entry per row, by customer and start: `start` and `end` in days, `end` the last one covered or NEVER.

    `type` and `status` are places in TYPES and STATUSES.
    """

    customer: np.ndarray
    start: np.ndarray
    end: np.ndarray
    type: np.ndarray
    status: np.ndarray

    def named(self, plan: np.ndarray, is_stale: np.ndarray) -> "Periods":
        """With the paid plan of each customer in place of just `paid`, and the status that it should have."""
        kind = np.where(self.type == FIRST_PAID, FIRST_PAID + plan[self.customer], self.type)
        return Periods(self.customer, self.start, self.end, kind, self._statuses(is_stale))

    def paying(self, customers: int, span: Span) -> np.ndarray:
        """Whether each customer has a paid row that overlaps the KPI window [customers].

        Paid: no free type, and a status of active, trialing or none (DESIGN, paid_share).
        """
        counts = (self.type != FREE) & np.isin(self.status, (ACTIVE, TRIALING, UNKNOWN))
        overlaps = (self.start < span.days) & (self.end >= span.window_from)
        return np.bincount(self.customer[counts & overlaps], minlength=customers) > 0

    def table(self, customers: int, span: Span) -> pa.Table:
        """The raw rows; dates as ISO text, an open end as null."""
        rows = np.arange(len(self.customer))
        return pa.table(
            {
                "subscription_id": texts(numbered("b", rows, 8)),
                "customer_id": customer_ids(self.customer, customers),
                "effective_start_date": span.dates(self.start),
                "effective_end_date": span.dates(self.end),
                "subscription_type": pa.array(TYPES).take(pa.array(self.type)),
                "amount_paid": pa.array(AMOUNTS).take(pa.array(self.type)),
                "status": pa.array(STATUSES).take(pa.array(self.status)),
            }
        )

    def _statuses(self, is_stale: np.ndarray) -> np.ndarray:
        paid, running = self.type >= FIRST_PAID, self.end == NEVER
        lost = running & (self.customer % UNKNOWN_EVERY == 0)
        ended = np.where(paid, np.where(is_stale[self.customer], ACTIVE, CANCELLED), EXPIRED)
        runs = np.where(lost, UNKNOWN, np.where(self.type == TRIAL, TRIALING, ACTIVE))
        return np.where(running, runs, ended)


def periods_of(
    signup: np.ndarray,
    trial_start: np.ndarray,
    paid_start: np.ndarray,
    paid_end: np.ndarray,
    back_start: np.ndarray,
    span: Span,
) -> Periods:
    """Each customer's periods: free, trial, (free again where nothing was bought,) paid, free, paid again."""
    trial_end = np.where(trial_start < NEVER, _before(trial_start + TRIAL_DAYS, span), NEVER)
    first = np.minimum(trial_start, paid_start)
    lapsed = np.where((trial_end < NEVER) & (paid_start == NEVER), trial_end + 1, NEVER)
    after = np.where(paid_end < NEVER, paid_end + 1, NEVER)
    rows = [
        _rows(FREE, signup, first - 1),
        _rows(TRIAL, trial_start, trial_end),
        _rows(FREE, lapsed, np.full_like(lapsed, NEVER)),
        _rows(FIRST_PAID, paid_start, paid_end),
        _rows(FREE, after, back_start - 1),
        _rows(FIRST_PAID, back_start, np.full_like(back_start, NEVER)),
    ]
    return _sorted(rows, span)


def _before(day: np.ndarray, span: Span) -> np.ndarray:
    """The last day before, NEVER where that has not come yet."""
    return np.where(day - 1 >= span.days - 1, NEVER, day - 1)


def _rows(kind: int, start: np.ndarray, end: np.ndarray) -> Periods:
    """A period for every customer who has begun it and kept it for a day."""
    customers = np.flatnonzero((start < NEVER) & (end >= start))
    ends = np.where(end >= NEVER - 1, NEVER, end)[customers]
    kinds = np.full(len(customers), kind)
    return Periods(customers, start[customers], ends, kinds, np.zeros_like(kinds))


def _sorted(rows: list[Periods], span: Span) -> Periods:
    joined = [np.concatenate([getattr(part, field.name) for part in rows]) for field in fields(Periods)]
    inside = joined[1] < span.days
    order = np.lexsort((joined[1], joined[0]))
    return Periods(*(column[order][inside[order]] for column in joined))
