"""Who pays: free → trial → paid → cancelled, and sometimes paid again."""

from dataclasses import replace

import numpy as np

from backbeat.simulate.activity import Activity
from backbeat.simulate.customers import TYPICAL, Customers
from backbeat.simulate.histories import Subscriptions
from backbeat.simulate.payers import match_paid
from backbeat.simulate.periods import TRIAL_DAYS
from backbeat.simulate.solve import solve
from backbeat.simulate.span import NEVER, Span, chance
from backbeat.simulate.targets import Targets

MONTHS_PAID = 24
AT_ONCE, DAYS_TO_WISH = 0.3, 30
TRIED_FIRST, KEPT_AFTER_TRIAL = 0.85, 0.8
RETURNING, STALE = 0.3, 0.02
"""Of those who cancel, the ones who pay again; of all, the ones whose ended plan still says `active`."""
PLAN_SHARES = (0.58, 0.21, 0.13, 0.08)


def draw_subscriptions(people: Customers, activity: Activity, span: Span, targets: Targets, seed: int) -> Subscriptions:
    """Histories drawn from a process, then the fewest customers moved until `targets.paid` active ones pay."""
    active = activity.in_window(span) > 0

    def drawn(eagerness: float) -> Subscriptions:
        return _until(_draw(people, activity, eagerness, chance(seed, "subscriptions")), span)

    def paying(eagerness: float) -> float:
        return float((drawn(eagerness).paying(span) & active).sum())

    likeliest = drawn(solve(paying, targets.paid, -6.0, 6.0))
    return match_paid(likeliest, active, span, targets.paid, chance(seed, "paid"))


def _draw(people: Customers, activity: Activity, eagerness: float, rng: np.random.Generator) -> Subscriptions:
    number = len(people)
    trial_start, paid_start = _starts(people, eagerness, rng)
    paid_start = np.where(paid_start >= activity.leaves, NEVER, paid_start)
    months = np.ceil(rng.exponential(MONTHS_PAID, number)).astype(int)
    paid_end = np.minimum(paid_start + 30 * months - 1, activity.leaves + rng.integers(0, 25, number))
    returns = (rng.random(number) < RETURNING) & (activity.leaves == NEVER)
    back_start = np.where(returns, paid_end + rng.integers(15, 90, number), NEVER)
    plan = np.searchsorted(np.cumsum(PLAN_SHARES)[:-1], rng.random(number), side="right")
    is_stale = rng.random(number) < STALE
    return Subscriptions(people.signup, trial_start, paid_start, paid_end, back_start, plan, is_stale)


def _starts(people: Customers, eagerness: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """First days of trial and paid plan; those who listen more want to pay more often."""
    number = len(people)
    wish = 1 / (1 + np.exp(-(eagerness + 0.7 * np.log(people.appetite / TYPICAL))))
    wants = rng.random(number) < wish
    delay = np.where(rng.random(number) < AT_ONCE, 0, np.ceil(rng.exponential(DAYS_TO_WISH, number))).astype(int)
    has_trial, keeps = rng.random(number) < TRIED_FIRST, rng.random(number) < KEPT_AFTER_TRIAL
    begins = np.where(wants, people.signup + delay, NEVER)
    trial_start = np.where(has_trial, begins, NEVER)
    paid_start = np.where(has_trial, begins + TRIAL_DAYS, begins)
    return trial_start, np.where(keeps | ~has_trial, paid_start, NEVER)


def _until(drawn: Subscriptions, span: Span) -> Subscriptions:
    """The same histories as far as the last day knows them."""

    def known(days: np.ndarray) -> np.ndarray:
        return np.where(days >= span.days, NEVER, days)

    paid_start, paid_end = known(drawn.paid_start), known(drawn.paid_end)
    back_start = np.where((paid_start == NEVER) | (paid_end == NEVER), NEVER, known(drawn.back_start))
    return replace(
        drawn,
        trial_start=known(drawn.trial_start),
        paid_start=paid_start,
        paid_end=np.where(paid_start == NEVER, NEVER, paid_end),
        back_start=back_start,
    )
