"""The contract's text forms, and rows as strict JSON."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.nouns import Day, Single, Stamp

_ERA = timedelta(days=146_097)  # 400 years of the calendar, after which it repeats
_ERA_MICROS = _ERA // timedelta(microseconds=1)


def as_json(record: Mapping[str, Any]) -> str:
    """Compact JSON: every scalar is a string, nulls are null, lists and structs stay nested."""
    return json.dumps(_nested(record), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def as_text(value: Any) -> str:
    """One scalar in text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, Stamp):
        return _civil(value.micros) + ("Z" if value.is_utc else "")
    if isinstance(value, Day):
        return _civil(value.count * 86_400_000_000)[:-9]
    return value.hex() if isinstance(value, bytes) else str(value)


def _nested(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {name: _nested(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_nested(inner) for inner in value]
    return as_text(value)


def _float_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value.is_integer():
        return str(int(value))
    return _single_text(value) if isinstance(value, Single) else float.__repr__(value)


def _single_text(value: float) -> str:
    """The shortest digits that give the same 32 bits."""
    texts = (float.__repr__(float(f"{value:.{digits}g}")) for digits in range(1, 10))
    return next(text for text in texts if struct.pack("f", float(text)) == struct.pack("f", value))


def _decimal_text(value: Decimal) -> str:
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _civil(micros: int) -> str:
    """Microseconds since 1970 as date and time, in any year."""
    eras, rest = divmod(micros, _ERA_MICROS)
    moment = datetime(1970, 1, 1) + timedelta(microseconds=rest)
    return f"{moment.year + 400 * eras:04d}{moment.isoformat()[4:]}"
