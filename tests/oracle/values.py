"""One raw value as a contract column wants it; UnreadableError where it can't be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.contract import Chosen
from tests.oracle.nouns import Day, Stamp, UnreadableError
from tests.oracle.text import as_text
from tests.oracle.times import read_end, read_last_instant, read_time

# The characters of Unicode's White_Space property.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_EXACT = Context(prec=1000)
_LONGEST = 9 * 10**12


def read_value(value: Any, chosen: Chosen, zone: ZoneInfo) -> Any:
    """The typed value of a contract column."""
    if value is None:
        return None
    kind = chosen.column.kind
    if kind in _ZONED:
        return _ZONED[kind](value, zone)
    return _read_whole(value, scale=1000) if chosen.meant == "duration_s" else _PLAIN[kind](value)


def _read_key(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise UnreadableError
    if isinstance(value, str):
        return value.strip(WHITE_SPACE) or None
    return as_text(value) if math.isfinite(value) else None


def _read_text(value: Any) -> str:
    if isinstance(value, (str, bool, int, float, Decimal, Stamp, Day)):
        return as_text(value)
    raise UnreadableError


def _read_whole(value: Any, scale: int = 1) -> int:
    number = _number(value)
    if number and (number.adjusted() > 20 or abs(number) * scale > _LONGEST):
        raise UnreadableError
    return int(_EXACT.multiply(number, scale).to_integral_value(ROUND_HALF_UP))


def _read_amount(value: Any) -> float:
    amount = float(value if isinstance(value, float) else _number(value))
    if not math.isfinite(amount):
        raise UnreadableError
    return amount


def _number(value: Any) -> Decimal:
    """The number in decimal, a float by its shortest text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        raise UnreadableError
    text = as_text(value).strip(" ")
    if not _NUMBER.fullmatch(text):
        raise UnreadableError
    try:
        return Decimal(text)
    except ArithmeticError:
        raise UnreadableError from None


_ZONED: dict[str, Callable[[Any, ZoneInfo], datetime | None]] = {
    "time": read_time,
    "end": read_end,
    "last_day": read_last_instant,
}
_PLAIN: dict[str, Callable[[Any], Any]] = {
    "key": _read_key,
    "id": _read_key,
    "text": _read_text,
    "whole": _read_whole,
    "duration": _read_whole,
    "amount": _read_amount,
}
