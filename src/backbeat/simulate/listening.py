"""A day of listening: its sessions and what happens in them.

A day depends on the seed, the world and its date alone, so days can be drawn in any order, on any thread.
"""

from dataclasses import dataclass

import numpy as np

from backbeat.simulate.activity import Activity
from backbeat.simulate.catalogue import Catalogue
from backbeat.simulate.clock import DAY_SECONDS, clock_of, draw_seconds
from backbeat.simulate.customers import COUNTRY_OFFSETS, DEVICE_SHARES, Customers
from backbeat.simulate.happenings import Happenings, draw_happenings
from backbeat.simulate.histories import Subscriptions
from backbeat.simulate.incidents import Incident
from backbeat.simulate.span import Span, chance

FAVOURITE_DEVICE = 0.8
OFFSETS = tuple(sorted(set(COUNTRY_OFFSETS)))
CLOCK_ROWS = np.array([OFFSETS.index(offset) for offset in COUNTRY_OFFSETS])
"""The row of the day's clock that each country lives by."""


@dataclass(frozen=True)
class Day:
    """The sessions of one day in order of their start [n], and their events.

    `start` and `end` in seconds from the day's midnight (UTC); `first_number` numbers the first session.
    """

    day: int
    first_number: int
    customer: np.ndarray
    start: np.ndarray
    end: np.ndarray
    device: np.ndarray
    events: Happenings


@dataclass(frozen=True)
class Listening:
    """All that a day of listening is drawn from."""

    seed: int
    span: Span
    customers: Customers
    activity: Activity
    subscriptions: Subscriptions
    catalogue: Catalogue
    incidents: tuple[Incident, ...]

    def draw(self, day: int) -> Day:
        """The sessions and events of that day."""
        rng = chance(self.seed, "listening", day)
        customer, start = self._starts(day, rng)
        events = draw_happenings(start, self.subscriptions.pays_on(day)[customer], self.catalogue, rng)
        silent = self._silent(day, events.at)
        return Day(
            day=day,
            first_number=self.activity.first_number(day),
            customer=customer,
            start=start,
            end=np.minimum(events.ends, self._limit(day) - 1),
            device=_devices(self.customers.device[customer], rng),
            events=events.only(~silent),
        )

    def _starts(self, day: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        customer = np.repeat(np.arange(len(self.customers), dtype=np.int32), self.activity.sessions[:, day])
        incidents = [incident for incident in self.incidents if incident.day == day]
        clock = clock_of(self.span.date(day).weekday(), OFFSETS, incidents)
        start = draw_seconds(clock, CLOCK_ROWS[self.customers.country[customer]], rng)
        order = np.argsort(start, kind="stable")
        return customer[order], start[order]

    def _silent(self, day: int, at: np.ndarray) -> np.ndarray:
        """Events that nobody recorded: those within an outage, and those after the world's end."""
        silent = at >= self._limit(day)
        for incident in self.incidents:
            if incident.day == day and incident.kind == "outage":
                first = incident.minute * 60
                silent = silent | ((at >= first) & (at < first + incident.minutes * 60))
        return silent

    def _limit(self, day: int) -> int:
        return DAY_SECONDS if day == self.span.days - 1 else 2 * DAY_SECONDS


def _devices(favourite: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    number = len(favourite)
    any_device = np.searchsorted(np.cumsum(DEVICE_SHARES)[:-1], rng.random(number, dtype=np.float32), side="right")
    return np.where(rng.random(number, dtype=np.float32) < FAVOURITE_DEVICE, favourite, any_device)
