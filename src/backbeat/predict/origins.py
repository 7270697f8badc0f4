"""The days from which a model learns, is chosen and is tested: their label windows follow each other and never overlap."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backbeat import content
from backbeat.build.windows import threshold
from backbeat.config import Config
from backbeat.errors import InputError
from backbeat.lake.clock import Clock
from backbeat.specs import Label

LEAST_HORIZON = 7
SPLITS = 3
MOST_SPLITS = 4


@dataclass(frozen=True)
class Origins:
    """As-of days in order, each with a label window of the `horizon` days after it; `now` has none yet.

    `wanted` is the horizon asked for, where the history is too short for it.
    """

    horizon: int
    wanted: int
    train: tuple[date, ...]
    validation: date
    test: date
    now: date

    @property
    def splits(self) -> tuple[date, ...]:
        return (*self.train, self.validation, self.test)

    def window(self, as_of: date) -> tuple[date, date]:
        """The first and the last day of an as-of day's label window."""
        return as_of + timedelta(days=1), as_of + timedelta(days=self.horizon)


def origins(label: Label, config: Config, clock: Clock) -> Origins:
    """The longest horizon that fits, and as many origins as there is history for, three at least.

    It fits where three windows of it leave as many days to look back on from the first origin, or all that any
    predictor looks back on. Raises InputError where not even a week does.
    """
    first, now = lake_days(clock)
    days = (now - first).days + 1
    wanted = label.horizon_days or config.predict.horizon_days or config.window_days
    fitting = [h for h in range(min(wanted, LEAST_HORIZON), wanted + 1) if SPLITS * h + min(h, longest()) <= days]
    if not fitting:
        raise InputError(
            f"too short a history: predictions need {(SPLITS + 1) * min(wanted, LEAST_HORIZON)} whole days of sessions, "
            f"the lake has {days}; type `backbeat run` when there are more"
        )
    horizon = max(fitting)
    count = min(MOST_SPLITS, max(SPLITS, (days - longest()) // horizon))
    *train, validation, test = (now - timedelta(days=horizon * n) for n in range(count, 0, -1))
    return Origins(horizon, wanted, tuple(train), validation, test, now)


def lake_days(clock: Clock) -> tuple[date, date]:
    """The lake's first day, and the last that is over. Raises InputError where it has none."""
    if clock.first_at is None or clock.as_of is None:
        raise InputError("the lake has no sessions to learn from: type `backbeat run` with --raw naming some")
    last = clock.day(clock.as_of)
    return clock.day(clock.first_at), last if clock.status(last) == "final" else last - timedelta(days=1)


def seen_until(clock: Clock, as_of: date) -> datetime | None:
    """How far what is known as of a day reaches, as an instant."""
    end = clock.midnight(as_of + timedelta(days=1)) - timedelta(microseconds=1)
    return min(clock.as_of, end) if clock.as_of else None


def sessions_needed(config: Config, horizon: int) -> int:
    """How many sessions make a customer engaged in so many days; a number given in [predict] is for its own horizon."""
    given = config.predict.engaged_sessions
    if given is None:
        return threshold(config, horizon)
    return math.ceil(given * horizon / (config.predict.horizon_days or config.window_days))


def longest() -> int:
    """How many days the predictor that looks back the furthest looks back on."""
    return max(predictor.look_back or 0 for predictor in content.predictors().values())
