"""What the `:named` parameters of gold tables stand for. Those of the clock move as data arrives."""

from datetime import date
from typing import Any

from backbeat import content
from backbeat.build.kpis import shares
from backbeat.build.windows import default_window
from backbeat.config import Config
from backbeat.lake.clock import EVERYTHING, Clock

CLOCK = ("first_at", "as_of", "final_before")
DAYS_OF_CLOCK = {"last_date": "as_of", "final_date": "final_before"}


def table_values(config: Config, clock: Clock) -> dict[str, Any]:
    """Every parameter a gold table may name."""
    final_before = clock.final_before or EVERYTHING
    return {
        **_window_values(config, clock),
        **_feature_values(),
        "first_at": clock.first_at,
        "as_of": clock.as_of,
        "final_before": final_before,
        "final_date": clock.day(final_before),
        "open_after": date.min,
        "timezone": config.timezone,
        "renewal_grace_days": config.renewal_grace_days,
        "headlines": [metric.name for metric in shares() if metric.headline],
    }


def _window_values(config: Config, clock: Clock) -> dict[str, Any]:
    if clock.as_of is None or clock.first_at is None:
        nobody = date(1, 1, 1)
        never = {
            "first_date": date(1, 1, 2),
            "last_date": nobody,
            "calendar_from": date(1, 1, 2),
            "calendar_to": nobody,
        }
        return {"from": nobody, "to": nobody, **never}
    first, last = clock.day(clock.first_at), clock.day(clock.as_of)
    lake = {"first_date": first, "last_date": last}
    calendar = {"calendar_from": date(first.year, 1, 1), "calendar_to": date(last.year, 12, 31)}
    return default_window(config, clock.as_of, clock).values(clock) | lake | calendar


def _feature_values() -> dict[str, Any]:
    """features.yml as lists: `feature_names` and `feature_types` in pairs, one for each type of each feature."""
    found = content.features()
    pairs = [(name, event_type) for name, feature in found.features.items() for event_type in feature.types]
    return {
        "play_types": list(found.playback.play),
        "skip_types": list(found.playback.skip),
        "feature_names": [name for name, _ in pairs],
        "feature_types": [event_type for _, event_type in pairs],
        "paid_features": [name for name, feature in found.features.items() if feature.plans == "paid"],
        "min_uses": found.min_uses,
    }
