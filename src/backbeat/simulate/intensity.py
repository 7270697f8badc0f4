"""How many sessions to expect of each customer on each day, before anybody leaves for good."""

from datetime import date

import numpy as np

from backbeat.simulate.clock import WEEKDAYS, busier
from backbeat.simulate.customers import COUNTRY_OFFSETS, COUNTRY_SHARES, Customers
from backbeat.simulate.incidents import Incident
from backbeat.simulate.span import Span

PAUSES = ((0.35, 12.0), (0.25, 25.0), (0.08, 70.0))
"""Shares of customers who pause in the default eight months, and the usual length in days."""
PAUSES_COUNTED_OVER = 273
EARLIEST_PAUSE = -30
DAYS_ON = 0.8
MOOD = 5.0
"""Shape of the gamma law by which one week differs from another; the greater, the steadier."""


def expected_sessions(
    people: Customers, span: Span, incidents: tuple[Incident, ...], rng: np.random.Generator
) -> np.ndarray:
    """Expected sessions [customers, days]: appetite, moods, days off, pauses, the calendar."""
    shape = (len(people), span.days)
    moods = rng.gamma(MOOD, 1 / MOOD, (len(people), span.days // 7 + 1)).astype(np.float32)
    days_on = (rng.random(shape, dtype=np.float32) < DAYS_ON) * np.float32(1 / DAYS_ON)
    here = (np.arange(span.days) >= people.signup[:, None]) & ~_paused(shape, rng)
    appetite = people.appetite.astype(np.float32)[:, None] * np.repeat(moods, 7, axis=1)[:, : span.days]
    expected: np.ndarray = appetite * days_on * here * _calendar(span, incidents, rng)
    return expected


def _paused(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Days on which a customer is away but will return: holidays of weeks for some, months for a few."""
    customers, days = shape
    paused = np.zeros(shape, bool)
    stretch = (days - EARLIEST_PAUSE) / PAUSES_COUNTED_OVER
    for share, usual in PAUSES:
        first = rng.integers(EARLIEST_PAUSE, days, customers)
        length = rng.exponential(usual, customers) * (rng.random(customers) < share * stretch)
        paused |= (np.arange(days) >= first[:, None]) & (np.arange(days) < (first + length)[:, None])
    return paused


def _calendar(span: Span, incidents: tuple[Incident, ...], rng: np.random.Generator) -> np.ndarray:
    """What each day is worth beside a usual one [days]."""
    weekdays = np.array([WEEKDAYS[span.date(day).weekday()] for day in range(span.days)])
    calendar = weekdays * np.exp(0.02 * rng.standard_normal(span.days))
    for incident in incidents:
        calendar[incident.day] *= _rise(span.date(incident.day), incident)
    return calendar.astype(np.float32)


def _rise(day: date, incident: Incident) -> float:
    rises = [busier(day.weekday(), offset, incident) for offset in COUNTRY_OFFSETS]
    return float(np.average(rises, weights=COUNTRY_SHARES))
