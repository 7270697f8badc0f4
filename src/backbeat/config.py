"""The settings, as one frozen object. Where they come from is settings.py's."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from backbeat.errors import UsageError

CENTURY = 36_525
"""Days. Longer windows and durations are slips of the pen, and leave the calendar."""
_RANGES = {
    "window_days": (1, CENTURY),
    "engaged_sessions": (1, 10**9),
    "min_group": (1, 10**9),
    "renewal_grace_days": (1, CENTURY),
    "batch_rows": (1, 10**12),
    "threads": (0, 256),
}

_PREDICT_RANGES = {
    "horizon_days": (1, CENTURY),
    "engaged_sessions": (1, 10**9),
    "max_training_rows": (10, 10**9),
    "seed": (0, 2**32 - 1),
}


class SourceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one source calls its columns: `columns` maps a contract column to the raw name to prefer."""

    columns: dict[str, str] = {}
    sequence_by: str | None = None


class PredictConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How prediction is done: `horizon_days` and `engaged_sessions` are the KPIs' where they are not set.

    `mlflow` is the address of an MLflow that is told of each model; nobody is told where it is not set.
    """

    horizon_days: int | None = None
    engaged_sessions: int | None = None
    max_training_rows: int = 200_000
    seed: int = 2025
    mlflow: str | None = None
    mlflow_experiment: str = "/Shared/backbeat"

    def __post_init__(self) -> None:
        for name, (low, high) in _PREDICT_RANGES.items():
            if (value := getattr(self, name)) is not None and not low <= value <= high:
                raise UsageError(f"[predict] {name} = {value}: give a number from {low} to {high:,}")


class SparkConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Spark session: a running one is taken as it is, else one is begun from these."""

    master: str = "local[*]"
    remote: str | None = None
    packages: str = "io.delta:delta-spark_4.1_2.13:4.3.1"
    driver_memory: str = "2g"
    shuffle_partitions: int = 8
    scratch: str | None = None
    conf: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not 1 <= self.shuffle_partitions <= 100_000:
            raise UsageError(f"[spark] shuffle_partitions = {self.shuffle_partitions}: give a number from 1 to 100,000")
        if not re.fullmatch(r"[1-9]\d{0,5}[kmgt]", self.driver_memory, re.IGNORECASE):
            raise UsageError(f"[spark] driver_memory = '{self.driver_memory}': write a size such as 800m or 4g")


ENGINES = ("duckdb", "spark")
SECTIONS: dict[str, Any] = {"predict": PredictConfig, "spark": SparkConfig}
"""Settings that stand together: `[predict]` in the file, BACKBEAT_PREDICT_* in the environment."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting. Durations are text such as `90s`, `30m`, `1h` or `2d`; `now` sets the clock for tests."""

    lake: str = "lake"
    raw: str = "raw"
    engine: str = "duckdb"
    catalog: str | None = None
    timezone: str = "UTC"
    window_days: int = 62
    engaged_sessions: int = 80
    min_group: int = 5
    renewal_grace_days: int = 30
    exclusions: str | None = None
    earliest: date = date(2000, 1, 1)
    max_future: str = "1h"
    watermark: str = "1h"
    idle_timeout: str = "1h"
    session_gap: str = "30m"
    settle: str = "5m"
    alert_delay: str = "10m"
    alert_recent: str = "1d"
    batch_rows: int = 4_000_000
    wait: str = "60s"
    memory_limit: str = "3GB"
    threads: int = 0
    now: datetime | None = None
    predict: PredictConfig = PredictConfig()
    spark: SparkConfig = SparkConfig()
    sources: dict[str, SourceConfig] = {}

    def __post_init__(self) -> None:
        _zone(self.timezone)
        durations = (
            "max_future",
            "watermark",
            "idle_timeout",
            "session_gap",
            "settle",
            "alert_delay",
            "alert_recent",
            "wait",
        )
        for name in durations:
            seconds(getattr(self, name), name)
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise UsageError(f"{name} = {getattr(self, name)}: give a number from {low} to {high:,}")
        for name in ("lake", "raw"):
            place = getattr(self, name)
            if not place.strip():
                raise UsageError(f"{name} = '': name a folder, or a URL such as s3://bucket/prefix")
            if "://" in place and (sign := re.search(r"[#?]|%[0-9A-Fa-f]{2}", place)):
                raise UsageError(
                    f"{name} = '{place}': a URL with {sign[0]} in it means another folder; name one without, "
                    "such as s3://bucket/prefix"
                )
        if not re.fullmatch(r"[1-9]\d{0,5}(\.\d+)?\s?[KMGT]i?B", self.memory_limit, re.IGNORECASE):
            raise UsageError(f"memory_limit = '{self.memory_limit}': write a size such as 500MB or 3GB")
        if self.now and not self.now.tzinfo:
            raise UsageError(f"now = {self.now}: give its zone, too, such as 2025-07-01T10:00:00Z")
        if self.engine not in ENGINES:
            raise UsageError(f"engine '{self.engine}' is not available: use --engine {' or '.join(ENGINES)}")
        if self.catalog and (len(self.catalog) > 255 or re.search(r"[./\s\x00-\x1f\x7f]", self.catalog)):
            raise UsageError(
                f"catalog = '{self.catalog}': name a catalog alone, such as music, without period, slash or space; "
                "its schemas are silver, gold and ops"
            )

    @property
    def zone(self) -> ZoneInfo:
        """The lake's time zone: its whole days are the days of every definition."""
        return _zone(self.timezone)

    def duration(self, name: str) -> timedelta:
        """The duration setting of that name."""
        return timedelta(seconds=seconds(getattr(self, name), name))

    def clock(self) -> datetime:
        """The time of day for operations (arrival, locks), never for a definition."""
        return self.now or datetime.now(UTC)


def seconds(text: str, name: str) -> float:
    """`90s`, `30m`, `1h`, `2d` or `0.5s` as seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if not match:
        raise UsageError(f"{name} = '{text}': write a duration such as 90s, 30m, 1h or 2d")
    found = float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if found > CENTURY * 86400:
        raise UsageError(f"{name} = '{text}': that is more than a century")
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"timezone = '{name}' is unknown: write an IANA name such as Europe/Berlin") from error
