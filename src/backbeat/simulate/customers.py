"""Who listens: sign-ups, countries, devices, and how much music each customer wants."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from backbeat.simulate.span import Span, chance
from backbeat.simulate.text import customer_ids

COUNTRIES = ("US", "BR", "GB", "DE", "SE", "FR", "MX", "IN", "ES", "PL", "JP", "AU")
COUNTRY_SHARES = (0.22, 0.12, 0.11, 0.11, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02)
COUNTRY_OFFSETS = (-5.0, -3.0, 1.0, 2.0, 2.0, 2.0, -6.0, 5.5, 2.0, 2.0, 9.0, 10.0)
"""Hours from UTC, summer time where there is one."""
DEVICES = ("mobile", "desktop", "web", "tablet", "smart_speaker", "tv")
DEVICE_SHARES = (0.58, 0.16, 0.10, 0.07, 0.06, 0.03)
GENDERS = ("female", "male", "diverse", None)
GENDER_SHARES = (0.47, 0.45, 0.02, 0.06)
TYPICAL = 1.9
"""Sessions a day of the customer in the middle."""
PAST_DAYS = 1_095
GROWING = 0.75
"""The customers who sign up in the months before the window, where there are enough of them."""
LATE = 0.03
LIGHT, FANS = 0.07, 0.04
SPREAD = 0.25
"""Standard deviation of the logarithm of a usual appetite."""
MOST = 12.0


@dataclass(frozen=True)
class Customers:
    """One entry per customer, in the order of their sign-ups; `signup` in days from the start, negative before it.

    `appetite` is in sessions a day; `country`, `gender` and `device` (the favourite) are places in the lists above.
    """

    signup: np.ndarray
    appetite: np.ndarray
    country: np.ndarray
    gender: np.ndarray
    device: np.ndarray

    def __len__(self) -> int:
        return len(self.signup)

    def table(self, span: Span) -> pa.Table:
        """The raw customers, one row each."""
        return pa.table(
            {
                "customer_id": customer_ids(np.arange(len(self)), len(self)),
                "signup_date": span.dates(self.signup),
                "country": pa.array(COUNTRIES).take(pa.array(self.country)),
                "gender": pa.array(GENDERS).take(pa.array(self.gender)),
            }
        )


def draw_customers(number: int, span: Span, seed: int) -> Customers:
    """That many customers."""
    rng = chance(seed, "customers")
    return Customers(
        signup=_signups(number, span),
        appetite=_appetites(number, rng),
        country=_among(COUNTRY_SHARES, number, rng),
        gender=_among(GENDER_SHARES, number, rng),
        device=_among(DEVICE_SHARES, number, rng),
    )


def _signups(number: int, span: Span) -> np.ndarray:
    """Even quantiles of the sign-up curve, so that a world of one customer has a usual one."""
    days = np.arange(-PAST_DAYS, span.days)
    reached = np.cumsum(_signup_curve(days, span))
    wanted = (np.arange(number) + 0.5) / number * reached[-1]
    signup: np.ndarray = days[np.searchsorted(reached, wanted)].astype(np.int32)
    return signup


def _signup_curve(days: np.ndarray, span: Span) -> np.ndarray:
    """Sign-ups that grow through the months before the window and slow down in it; the rest were there before."""
    before = max(span.window_from, 1)
    grown = GROWING * min(1.0, span.window_from / 150)
    pull = np.exp(-np.abs(days - 0.65 * before) / (0.15 * before))
    wave = np.where(days >= 0, pull / (1 + pull) ** 2, 0.0)
    late = (days >= span.window_from) / span.window_days
    past = np.where(days < 0, days + PAST_DAYS + 1.0, 0.0)
    curve: np.ndarray = grown * wave / wave.sum() + LATE * late + (1 - LATE - grown) * past / past.sum()
    return curve


def _appetites(number: int, rng: np.random.Generator) -> np.ndarray:
    """Log-normal, with light listeners below and a Pareto tail above: a few listen all day."""
    usual = np.exp(SPREAD * rng.standard_normal(number))
    light, fan, size = rng.random(number), rng.random(number), rng.random(number)
    scaled = usual * np.where(light < LIGHT, 0.05 + 0.5 * size, 1.0)
    tailed = scaled * np.where(fan < FANS, (1 - 0.99 * size) ** -0.5, 1.0)
    appetite: np.ndarray = TYPICAL * np.minimum(tailed, MOST)
    return appetite


def _among(shares: tuple[float, ...], number: int, rng: np.random.Generator) -> np.ndarray:
    edges = np.cumsum(shares) / sum(shares)
    return np.searchsorted(edges[:-1], rng.random(number), side="right").astype(np.uint8)
