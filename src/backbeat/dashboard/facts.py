"""What a reader has to know before believing a number: how far the data reaches, and how old it is."""

from dataclasses import dataclass
from datetime import timedelta

from backbeat.dashboard.reader import Edition, Reader
from backbeat.lake.clock import EVERYTHING

STALE_AFTER = timedelta(hours=36)


@dataclass(frozen=True)
class Facts:
    """`state` is `empty`, `closed`, `stale` or `fresh`; `told` says it in words; times are the lake's zone's."""

    state: str
    told: str
    as_of: str
    zone: str


def facts(reader: Reader, edition: Edition | None, *, with_clock: bool = True) -> Facts:
    """The facts of an edition. Without the clock nothing is said that another day would change."""
    config = reader.lake.config
    if edition is None or edition.clock.as_of is None:
        return Facts("empty", "no data yet", "–", config.timezone)
    as_of = edition.clock.as_of
    shown = f"{as_of.astimezone(config.zone):%-d %b %Y, %H:%M}"
    if edition.clock.final_before == EVERYTHING:
        return Facts("closed", "the feed is closed: everything is final", shown, config.timezone)
    return Facts(*_age(config.clock() - as_of if with_clock else timedelta()), shown, config.timezone)


def _age(age: timedelta) -> tuple[str, str]:
    if age <= STALE_AFTER:
        return "fresh", "up to date"
    return "stale", f"stale: the newest session is {_days(age)} old"


def _days(age: timedelta) -> str:
    return f"{age.days} days" if age.days > 1 else f"{age.total_seconds() // 3600:.0f} hours"
