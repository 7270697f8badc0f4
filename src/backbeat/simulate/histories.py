"""What each customer has subscribed to, and when."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from backbeat.simulate.periods import Periods, periods_of
from backbeat.simulate.span import Span


@dataclass(frozen=True)
class Subscriptions:
    """One entry per customer: the days of each step, NEVER where it has not happened; ends are last days covered.

    `plan` is a place in the list of paid plans; `is_stale` marks paid rows whose status nobody updated after the end.
    """

    signup: np.ndarray
    trial_start: np.ndarray
    paid_start: np.ndarray
    paid_end: np.ndarray
    back_start: np.ndarray
    plan: np.ndarray
    is_stale: np.ndarray

    def pays_on(self, day: int) -> np.ndarray:
        """Whether each customer has a paid plan on that day [customers]."""
        return ((self.paid_start <= day) & (day <= self.paid_end)) | (self.back_start <= day)

    def periods(self, span: Span) -> Periods:
        """The rows of these histories, and so of the raw table."""
        return periods_of(self.signup, self.trial_start, self.paid_start, self.paid_end, self.back_start, span).named(
            self.plan, self.is_stale
        )

    def paying(self, span: Span) -> np.ndarray:
        """Whether each customer counts as paying in the KPI window [customers]."""
        return self.periods(span).paying(len(self.signup), span)

    def table(self, span: Span) -> pa.Table:
        """The raw subscriptions, one row per customer and period."""
        return self.periods(span).table(len(self.signup), span)
