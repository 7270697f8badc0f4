"""What a prediction knows of a customer when a day is over, and what its labels ask of the days after it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import lru_cache

from tests.oracle.adoption import FEATURES
from tests.oracle.catalogue import is_complete
from tests.oracle.days import customer_day, customer_device_day
from tests.oracle.listening import PLAY_TYPES, SKIP_TYPES, is_play
from tests.oracle.nouns import Row, World
from tests.oracle.people import known, registered
from tests.oracle.plans import plan_periods
from tests.oracle.times import start_of_day

_HOUR_MS = 3_600_000


def predictors(world: World, to: date) -> list[Row]:
    """A row per customer registered when the day was over."""
    return [_row(world, customer, to) for customer in sorted(_registered(world, to))]


def engaged(world: World, to: date, days: int, threshold: int) -> list[Row]:
    """Whether a customer has so many sessions in the days after, and had them in as many before."""
    return [
        {
            "customer_id": customer,
            "baseline": _sessions(world, customer, to, days) >= threshold,
            "is_positive": _sessions(world, customer, to + timedelta(days), days) >= threshold,
        }
        for customer in sorted(_registered(world, to))
    ]


def churned(world: World, to: date, days: int) -> list[Row]:
    """Whether somebody with a session in the days before has none in the days after."""
    return [
        {
            "customer_id": customer,
            "baseline": _sessions(world, customer, to, days // 2) == 0,
            "is_positive": _sessions(world, customer, to + timedelta(days), days) == 0,
        }
        for customer in sorted(_registered(world, to))
        if _sessions(world, customer, to, days) > 0
    ]


def _row(world: World, customer: str, to: date) -> Row:
    return {
        "customer_id": customer,
        **_counts(world, customer, to),
        **_habits(world, customer, to),
        **_listening(world, customer, to),
        **_events(world, customer, to),
        **_contract(world, customer, to),
    }


def _counts(world: World, customer: str, to: date) -> Row:
    sessions = {n: _sessions(world, customer, to, n) for n in (1, 7, 14, 28, 56)}
    active = {n: sum(day["sessions"] > 0 for day in _days(world, customer, to, n)) for n in sessions}
    silent = [(to - day["activity_date"]).days for day in _days(world, customer, to, 56) if day["sessions"]]
    return {
        **{f"sessions_{n}": float(number) for n, number in sessions.items()},
        **{f"active_days_{n}": float(number) for n, number in active.items()},
        **{f"days_silent_{n}": float(min([n, *silent])) for n in (7, 28, 56)},
        "sessions_7_of_14": _share(sessions[7], sessions[14]),
        "sessions_7_of_28": _share(sessions[7], sessions[28]),
        "sessions_28_of_56": _share(sessions[28], sessions[56]),
    }


def _habits(world: World, customer: str, to: date) -> Row:
    days = _days(world, customer, to, 28)
    counts = [day["sessions"] for day in days]
    weekend = sum(day["sessions"] for day in days if day["activity_date"].weekday() >= 5)
    mine = [row for row in _of(world, "sessions").get(customer, []) if _within(row["session_date"], to, 14)]
    hours = [row["started_at"].astimezone(world.zone).hour for row in mine]
    devices = Counter[str]()
    for row in _of(world, "customer_device_day").get(customer, []):
        if _within(row["activity_date"], to, 28):
            devices[row["device"]] += row["sessions"]
    return {
        "sessions_spread_28": math.sqrt(28 * sum(n * n for n in counts) - sum(counts) ** 2) / 28,
        "weekend_share_28": _share(weekend, sum(counts)),
        "night_share_14": _share(sum(hour < 6 for hour in hours), len(hours)),
        "morning_share_14": _share(sum(6 <= hour < 12 for hour in hours), len(hours)),
        "evening_share_14": _share(sum(hour >= 18 for hour in hours), len(hours)),
        "devices_28": float(len(devices)),
        "main_device_share_28": _share(max(devices.values(), default=0), sum(devices.values())),
    }


def _listening(world: World, customer: str, to: date) -> Row:
    found: Row = {}
    for n in (7, 28, 56):
        days = _days(world, customer, to, n)
        plays, skips = (sum(day[name] for day in days) for name in ("plays", "skips"))
        found[f"plays_{n}"] = float(plays)
        if n < 56:
            found[f"hours_played_{n}"] = sum(day["ms_played"] for day in days) / _HOUR_MS
            found[f"skip_rate_{n}"] = _share(skips, plays + skips)
    return found


def _events(world: World, customer: str, to: date) -> Row:
    durations = {row["track_id"]: row["duration_ms"] for row in world.silver["tracks"]}
    mine = _of(world, "events").get(customer, [])
    plays = [event for event in mine if _within(event["event_date"], to, 14) and is_play(event)]
    used = [
        feature.name
        for event in mine
        if _within(event["event_date"], to, 28) and event["event_type"] not in (*PLAY_TYPES, *SKIP_TYPES)
        for feature in FEATURES
        if event["event_type"] in feature.types
    ]
    complete = sum(is_complete(event, durations.get(event["track_id"])) for event in plays)
    return {
        "completion_rate_14": _share(complete, len(plays)),
        "feature_uses_28": float(len(used)),
        "features_used_28": float(len(set(used))),
    }


def _contract(world: World, customer: str, to: date) -> Row:
    end = start_of_day(to + timedelta(1), world.zone)
    period = next(
        (
            row
            for row in plan_periods(world)
            if row["customer_id"] == customer
            and row["valid_from"] < end
            and (row["valid_to"] is None or row["valid_to"] >= end)
        ),
        None,
    )
    signed_up_at = known(world)[customer]["signed_up_at"]
    joined = signed_up_at is not None and signed_up_at < end
    return {
        "is_paid": float(bool(period and period["state"] == "paid")),
        "is_trial": float(bool(period and period["state"] == "trial")),
        "plan_age_days": _age(world, period["valid_from"], to) if period else None,
        "tenure_days": _age(world, signed_up_at, to) if joined else None,
    }


def _age(world: World, since: datetime, to: date) -> float:
    return float((to - since.astimezone(world.zone).date()).days)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _registered(world: World, to: date) -> list[str]:
    return registered(world, start_of_day(to + timedelta(1), world.zone))


def _sessions(world: World, customer: str, to: date, days: int) -> int:
    return sum(day["sessions"] for day in _days(world, customer, to, days))


def _days(world: World, customer: str, to: date, days: int) -> list[Row]:
    return [row for row in _of(world, "customer_day").get(customer, []) if _within(row["activity_date"], to, days)]


def _within(day: date, to: date, days: int) -> bool:
    return to - timedelta(days) < day <= to


@lru_cache(maxsize=16)
def _of(world: World, table: str) -> dict[str, list[Row]]:
    """A table's rows by customer."""
    gold = {"customer_day": customer_day, "customer_device_day": customer_device_day}
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in gold[table](world) if table in gold else world.silver[table]:
        grouped[row["customer_id"]].append(row)
    return grouped
