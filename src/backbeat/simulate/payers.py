"""Moves the fewest customers into or out of paying, so that the window's paid share is exact."""

from dataclasses import replace

import numpy as np

from backbeat.simulate.histories import Subscriptions
from backbeat.simulate.span import NEVER, Span

CANCELLED_WITHIN = 60
"""Days before the world's end in which moved customers cancel."""
EARLIEST_START = -90


def match_paid(
    drawn: Subscriptions, active: np.ndarray, span: Span, target: int, rng: np.random.Generator
) -> Subscriptions:
    """The histories with exactly `target` paying customers among the active ones [customers]."""
    paying = drawn.paying(span)
    excess = int((paying & active).sum()) - target
    if excess > 0:
        return _cancel(drawn, _first(active & paying, _renews(drawn), excess, rng), span, rng)
    return _win(drawn, _first(active & ~paying, drawn.paid_end < NEVER, -excess, rng), span, rng)


def _renews(drawn: Subscriptions) -> np.ndarray:
    runs: np.ndarray = (drawn.paid_start < NEVER) & (drawn.paid_end == NEVER)
    return runs


def _first(eligible: np.ndarray, preferred: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    chosen = rng.permutation(np.flatnonzero(eligible))
    return chosen[np.argsort(~preferred[chosen], kind="stable")][:number]


def _cancel(drawn: Subscriptions, chosen: np.ndarray, span: Span, rng: np.random.Generator) -> Subscriptions:
    """Cancelled in the last weeks where a paid plan runs; whoever pays otherwise (a trial, a return) never began."""
    ends = np.maximum(drawn.paid_start, span.days - 1 - rng.integers(1, CANCELLED_WITHIN, len(drawn.signup)))
    cancelled, undone = _mask(drawn, chosen) & _renews(drawn), _mask(drawn, chosen) & ~_renews(drawn)
    return replace(
        drawn,
        trial_start=np.where(undone, NEVER, drawn.trial_start),
        paid_start=np.where(undone, NEVER, drawn.paid_start),
        paid_end=np.where(undone, NEVER, np.where(cancelled, ends, drawn.paid_end)),
        back_start=np.where(undone, NEVER, drawn.back_start),
        is_stale=drawn.is_stale & ~cancelled,
    )


def _win(drawn: Subscriptions, chosen: np.ndarray, span: Span, rng: np.random.Generator) -> Subscriptions:
    """Not cancelled after all where a paid plan had ended; whoever never paid starts on some day since the sign-up."""
    since = np.maximum(drawn.signup, EARLIEST_START)
    some_day = since + (rng.random(len(since)) * (span.days - since)).astype(int)
    won = _mask(drawn, chosen)
    begins = won & (drawn.paid_start == NEVER)
    return replace(
        drawn,
        trial_start=np.where(begins, NEVER, drawn.trial_start),
        paid_start=np.where(begins, some_day, drawn.paid_start),
        paid_end=np.where(won, NEVER, drawn.paid_end),
        back_start=np.where(won, NEVER, drawn.back_start),
    )


def _mask(drawn: Subscriptions, chosen: np.ndarray) -> np.ndarray:
    return np.isin(np.arange(len(drawn.signup)), chosen)
