"""Rows and documents as text for programs: JSON, and CSV of which no spreadsheet takes a text for a formula."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def csv_text(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Rows as CSV under a header; lines end in a newline alone, line ends inside a field are quoted."""
    lines = _UnixLines()
    writer = csv.writer(lines)
    writer.writerow(names)
    writer.writerows([safe(row[name]) for name in names] for row in rows)
    return lines.text.getvalue()


def json_text(document: Any, indent: int | None = None) -> str:
    """A document as JSON, times in ISO 8601; what JSON has no number for, such as NaN, is null."""
    return json.dumps(finite(document), indent=indent, default=plain, ensure_ascii=False, allow_nan=False)


def finite(value: Any) -> Any:
    """The same with None in place of NaN and infinity."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    flat = value if isinstance(value, (int, float, str, type(None))) else plain(value)
    return f"'{flat}" if isinstance(flat, str) and flat[:1] in ("=", "+", "-", "@", "\t", "\r") else flat


def plain(value: Any) -> Any:
    """A value as JSON knows it: times in ISO 8601, lists and mappings as their JSON text."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return json.dumps(value, default=str) if isinstance(value, (list, dict)) else str(value)


class _UnixLines:
    """What the csv writer writes to: a record of a line a call."""

    def __init__(self) -> None:
        self.text = io.StringIO(newline="")

    def write(self, line: str) -> None:
        self.text.write(line.removesuffix("\r\n") + "\n")
