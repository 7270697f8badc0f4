"""The counted tables of each customer alone, by the number of the customer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.oracle.adoption import days_to_adopt, eligible_in, features, uses_in, uses_of
from tests.oracle.clock import Window, last_day, monday, month_window, months
from tests.oracle.conversion import at_start, cancels, converts, trials_of
from tests.oracle.funnel import STEPS, cohorts, steps_of
from tests.oracle.keys import key_of
from tests.oracle.nouns import Row, World
from tests.oracle.people import days_of, known

_WEEK = timedelta(days=7)


def star_customer_retention(world: World) -> list[Row]:
    """Every week begun since the one of the first session."""
    last = last_day(world)
    return [row for name, days in days_of(world).items() if last for row in _weeks(name, days, monday(last))]


def _weeks(customer: str, days: list[date], last: date) -> list[Row]:
    cohort = monday(days[0])
    came = {(day - cohort) // _WEEK for day in days}
    return [
        {
            "customer_key": key_of(customer), "cohort_week": cohort, "weeks_since": since, "cohort_customers": 1,
            "retained": int(since in came), "retained_or_later": int(max(came) >= since),
        }
        for since in range((last - cohort) // _WEEK + 1)
    ]  # fmt: skip


def star_customer_features(world: World) -> list[Row]:
    """Every feature that a customer may use in a month of sessions."""
    rows = []
    for feature in features(world):
        uses = uses_of(world, feature)
        for window in (month_window(world, month) for month in months(world)):
            for customer in eligible_in(world, feature, window):
                number = uses_in(uses.get(customer, []), window)
                first = days_to_adopt(world, window, [customer], uses) if number else []
                rows.append(
                    {
                        "customer_key": key_of(customer), "feature": feature.name, "month": window.first, "eligible": 1,
                        "adopters": int(number > 0), "uses_per_adopter": float(number) if number else None,
                        "median_days_to_adopt": float(first[0]) if first else None,
                    }
                )  # fmt: skip
    return rows


def star_customer_conversion(world: World) -> list[Row]:
    """Whoever is free or paid at a month's start, or has a trial that begins or ends in it."""
    rows = [_month(world, customer, month_window(world, month)) for month in months(world) for customer in known(world)]
    kept = ("free_at_start", "paid_at_start", "trials_started", "trials_ended")
    return [row for row in rows if any(row[name] for name in kept)]


def _month(world: World, customer: str, month: Window) -> Row:
    free, paid = (customer in at_start(world, month, state) for state in ("free", "paid"))
    share: Any = float(paid) if free or paid else None
    return {
        "customer_key": key_of(customer),
        "month": month.first,
        "free_at_start": int(free),
        "converted": int(free and converts(world, customer, month)),
        "paid_at_start": int(paid),
        "cancelled": int(paid and cancels(world, customer, month)),
        "paid_at_start_share": share,
        **trials_of(world, month, {customer}),
    }


def star_customer_funnel(world: World) -> list[Row]:
    """Four steps of everybody who joined in a month of the span, taken or not."""
    joined = cohorts(world)
    return [
        {
            "customer_key": key_of(customer), "cohort_month": month, "step": step, "customers": int(place < len(taken)),
            "rate_from_start": float(place < len(taken)), "median_days": float(taken[place]) if place < len(taken) else None,
        }
        for month in months(world)
        for customer in joined.get(month, [])
        for taken in [steps_of(world, customer)]
        for place, step in enumerate(STEPS)
    ]  # fmt: skip
