"""How many sessions each customer has on each day."""

from dataclasses import dataclass

import numpy as np

from backbeat.simulate.calibrate import calibrate
from backbeat.simulate.customers import Customers
from backbeat.simulate.incidents import Incident
from backbeat.simulate.intensity import expected_sessions
from backbeat.simulate.solve import solve
from backbeat.simulate.span import NEVER, WINDOW_DAYS, Span, chance
from backbeat.simulate.targets import THRESHOLD, Targets

MOST_A_DAY = 60.0
MOST_SCALED = 3.0
"""How far appetites may be stretched to meet the target of a usual window."""
LEAVING_INSIDE = 0.04
"""The customers who leave for good within the window."""
NEVER_STARTED = 0.15
"""Of the customers gone before the window: those who signed up and never listened."""
EARLIEST_LEAVE = -60


@dataclass(frozen=True)
class Activity:
    """`sessions` [customers, days]; `leaves` [customers] is the day from which a customer stays away for good."""

    sessions: np.ndarray
    leaves: np.ndarray

    def in_window(self, span: Span) -> np.ndarray:
        """Sessions of each customer in the KPI window [customers]."""
        return _in_window(self.sessions, span)

    def first_number(self, day: int) -> int:
        """How many sessions there were before that day: its first session's number."""
        return int(self.sessions[:, :day].sum())


def draw_activity(
    people: Customers, span: Span, incidents: tuple[Incident, ...], targets: Targets, seed: int
) -> Activity:
    """Sessions drawn from a process near the targets, then the fewest borderline customers moved onto them."""
    rng = chance(seed, "activity")
    likely = expected_sessions(people, span, incidents, rng)
    fading = _leaving_inside(len(people), span, rng)
    leaves = _gone_before(people, span, fading, _in_window(_until(likely, fading), span), targets, rng)
    staying = _until(likely, leaves)
    scale = _scale(_in_window(staying, span), span, targets)
    drawn = rng.poisson(np.minimum(staying * scale, MOST_A_DAY)).astype(np.int16)
    return Activity(calibrate(drawn, people.signup, span, targets, chance(seed, "calibrate")), leaves)


def _in_window(by_day: np.ndarray, span: Span) -> np.ndarray:
    total: np.ndarray = by_day[:, span.window_from :].sum(axis=1)
    return total


def _until(likely: np.ndarray, leaves: np.ndarray) -> np.ndarray:
    staying: np.ndarray = likely * (np.arange(likely.shape[1]) < leaves[:, None])
    return staying


def _leaving_inside(customers: int, span: Span, rng: np.random.Generator) -> np.ndarray:
    days = span.window_from + rng.integers(0, span.window_days, customers)
    return np.where(rng.random(customers) < LEAVING_INSIDE, days, NEVER).astype(np.int32)


def _gone_before(
    people: Customers, span: Span, fading: np.ndarray, expected: np.ndarray, targets: Targets, rng: np.random.Generator
) -> np.ndarray:
    """The day each customer leaves for good, for as many before the window as the target still needs."""
    silent_anyway = float(np.exp(-expected).sum())
    needed = (len(people) - targets.active - silent_anyway) / max(1e-9, 1 - silent_anyway / len(people))
    gone = rng.permutation(np.flatnonzero(people.signup < span.window_from))[: max(0, round(needed))]
    leaves = fading.copy()
    leaves[gone] = _last_days(people.signup[gone], span, rng)
    return leaves


def _last_days(signup: np.ndarray, span: Span, rng: np.random.Generator) -> np.ndarray:
    since = np.maximum(signup, EARLIEST_LEAVE)
    days = since + np.ceil(rng.random(len(signup)) * (span.window_from - since)).astype(int)
    return np.where(rng.random(len(signup)) < NEVER_STARTED, signup, days)


def _scale(expected: np.ndarray, span: Span, targets: Targets) -> float:
    """The factor on everybody's appetite that puts the right number of customers above the threshold."""
    if not targets.engaged:
        return 1.0
    widest = MOST_SCALED * WINDOW_DAYS / span.window_days
    return solve(lambda scale: _engaged(expected * scale), targets.engaged - 0.5, 0.0, widest)


def _engaged(expected: np.ndarray) -> float:
    """How many customers will reach the threshold: a Poisson count's chance to, by the logistic near its normal."""
    distance = (expected - THRESHOLD + 0.5) / np.sqrt(np.maximum(expected, 1.0))
    return float((1 / (1 + np.exp(np.minimum(-1.702 * distance, 50)))).sum())
