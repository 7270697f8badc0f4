"""Moves the fewest borderline customers, so that the window's KPIs are exact.

Whoever crosses the threshold does so by a whole band of sessions: nobody is left standing just beside it, and the
histogram there looks like its neighbours.
"""

import numpy as np

from backbeat.simulate.span import Span
from backbeat.simulate.targets import THRESHOLD, Targets

BAND = 12
"""Sessions by which a customer is moved across the threshold."""
WOKEN = (1, 7)
"""Sessions that a silent customer is given, from and below."""


def calibrate(
    sessions: np.ndarray, signup: np.ndarray, span: Span, targets: Targets, rng: np.random.Generator
) -> np.ndarray:
    """The sessions [customers, days] with exactly `targets` active and engaged customers in the KPI window."""
    window = sessions[:, span.window_from :]
    joined = np.maximum(signup - span.window_from, 0)
    window = _match_active(window, joined, targets.active, rng)
    if targets.engaged is not None:
        window = _match_engaged(window, joined, targets.engaged, rng)
    return np.hstack([sessions[:, : span.window_from], _played_to_the_end(window)])


def _match_active(window: np.ndarray, joined: np.ndarray, target: int, rng: np.random.Generator) -> np.ndarray:
    totals, moved = window.sum(axis=1), window.copy()
    excess = int((totals > 0).sum()) - target
    active = np.flatnonzero(totals > 0)
    moved[active[np.argsort(totals[active], kind="stable")][: max(excess, 0)]] = 0
    for customer in rng.permutation(np.flatnonzero(totals == 0))[: max(-excess, 0)]:
        moved[customer] += _more(window[customer], int(rng.integers(*WOKEN)), int(joined[customer]), rng)
    return moved


def _match_engaged(window: np.ndarray, joined: np.ndarray, target: int, rng: np.random.Generator) -> np.ndarray:
    totals, moved = window.sum(axis=1), window.copy()
    excess = int((totals >= THRESHOLD).sum()) - target
    for customer in _borderline(totals - THRESHOLD, excess, rng):
        number = min(_step(int(totals[customer]) - THRESHOLD + 1, rng), int(totals[customer]) - 1)
        moved[customer] -= _fewer(window[customer], number, rng)
    for customer in _borderline(np.where(totals > 0, THRESHOLD - 1 - totals, -1), -excess, rng):
        number = _step(THRESHOLD - int(totals[customer]), rng)
        moved[customer] += _more(window[customer], number, int(joined[customer]), rng)
    return moved


def _borderline(distance: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """That many customers of a distance from 0 to below the band, beyond it only where the band has too few."""
    near = rng.permutation(np.flatnonzero((distance >= 0) & (distance < BAND)))
    far = np.flatnonzero(distance >= BAND)
    return np.concatenate([near, far[np.argsort(distance[far], kind="stable")]])[: max(number, 0)]


def _step(gap: int, rng: np.random.Generator) -> int:
    """The band; from beyond it, across the threshold and somewhere into the band on the other side."""
    return BAND if gap <= BAND else gap + int(rng.integers(0, BAND))


def _fewer(days: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """How many of its sessions each day gives up [days]."""
    held = np.repeat(np.arange(len(days)), days)
    return np.bincount(rng.permutation(held)[:number], minlength=len(days)).astype(days.dtype)


def _more(days: np.ndarray, number: int, joined: int, rng: np.random.Generator) -> np.ndarray:
    """How many sessions each day gains [days]: days that have some gain more, else any since the sign-up."""
    held = np.repeat(np.arange(len(days)), days) if days.any() else np.arange(joined, len(days))
    return np.bincount(held[rng.integers(0, len(held), number)], minlength=len(days)).astype(days.dtype)


def _played_to_the_end(window: np.ndarray) -> np.ndarray:
    """With a session on the last day even in a tiny world: readers end the window on the day of the newest one."""
    if window[:, -1].any():
        return window
    moved = window.copy()
    listener = int(np.argmax(window.sum(axis=1)))
    moved[listener, int(np.flatnonzero(window[listener])[-1])] -= 1
    moved[listener, -1] += 1
    return moved
