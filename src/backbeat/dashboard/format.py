"""Numbers, days and spans of days as people read them, by the language their browser asks for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from backbeat.build.windows import Window
from backbeat.texts import plain

THIN = "\u202f"
SEPARATORS = {
    "en": (",", "."), "de": (".", ","), "es": (".", ","), "it": (".", ","), "nl": (".", ","), "pt": (".", ","),
    "da": (".", ","), "fr": (THIN, ","), "sv": ("\u00a0", ","), "nb": ("\u00a0", ","), "fi": ("\u00a0", ","),
    "pl": ("\u00a0", ","), "cs": ("\u00a0", ","), "ja": (",", "."), "zh": (",", "."), "hi": (",", "."),
}  # fmt: skip
NOTHING = "–"
SHARES = ("_rate", "_share")


@dataclass(frozen=True)
class Form:
    """How a reader writes numbers, and whose days are shown."""

    language: str
    zone: ZoneInfo

    @property
    def group(self) -> str:
        return SEPARATORS[self.language][0]

    @property
    def decimal(self) -> str:
        return SEPARATORS[self.language][1]

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number with its thousands apart."""
        if value is None:
            return NOTHING
        swapped = {",": self.group, ".": self.decimal, "-": "−"}
        return "".join(swapped.get(sign, sign) for sign in f"{value:,.{digits}f}")

    def percent(self, value: float | None, digits: int = 1) -> str:
        """A number of percent."""
        return NOTHING if value is None else f"{self.number(value, digits)}{THIN}%"

    def points(self, value: float) -> str:
        """A difference of percents, in points, with its sign."""
        return f"{'+' if value > 0 else ''}{self.number(value, 1)} points"

    def cell(self, name: str, value: Any) -> str:
        """A value of a table's column."""
        if value is None:
            return NOTHING
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, date):
            return self._time(name, value)
        if isinstance(value, float) and is_fraction(name):
            return self.percent(100 * value)
        return self._other(name, value)

    def _time(self, name: str, value: date) -> str:
        if isinstance(value, datetime):
            return value.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")
        return f"{value:%b %Y}" if name.endswith("month") else value.isoformat()

    def _other(self, name: str, value: Any) -> str:
        if isinstance(value, float):
            return self.number(value, 0 if value == round(value) and abs(value) >= 100 else 2)
        if isinstance(value, int):
            return str(value) if name.endswith("_id") else self.number(value)
        return ", ".join(map(str, value)) if isinstance(value, list) else str(plain(value))


def is_fraction(name: str) -> bool:
    """Whether a column holds a fraction that people read in percent."""
    return name.endswith(SHARES) or name in ("stickiness", "rate_from_start")


def language(accepted: str) -> str:
    """The first language of an Accept-Language header whose numbers are known, else English."""
    wanted = (part.partition(";")[0].strip()[:2].lower() for part in accepted.split(","))
    return next((name for name in wanted if name in SEPARATORS), "en")


def day(value: date) -> str:
    """A day such as 31 Aug 2025."""
    return f"{value.day} {value:%b %Y}"


def span(window: Window) -> str:
    """A window such as 1 Jul – 31 Aug 2025, or August 2025."""
    if window.first.day == 1 and window.kind == "month":
        return f"{window.first:%B %Y}"
    if window.first == window.last:
        return day(window.last)
    first = f"{window.first.day} {window.first:%b}"
    return f"{first if window.first.year == window.last.year else day(window.first)} – {day(window.last)}"


def words(name: str) -> str:
    """A column's or value's name as words."""
    shown = {"dau": "Daily", "wau": "7 days", "mau": "28 days", "dau_listeners": "Daily", "mau_listeners": "30 days"}
    return shown.get(name, name.replace("_", " ").strip().capitalize())
