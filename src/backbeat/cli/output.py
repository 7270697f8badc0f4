"""Answers on stdout: a table for people, JSON or CSV for programs."""

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

import typer

from backbeat.cli.options import Format


def emit(rows: Sequence[Mapping[str, Any]], style: Format, columns: Sequence[str] = ()) -> None:
    """Print rows; `columns` names them where there may be none."""
    names = [*columns] or [*(rows[0] if rows else ())]
    if style is Format.json:
        emit_json([{name: row[name] for name in names} for row in rows])
    elif style is Format.csv:
        csv_lines(rows, names, sys.stdout)
    else:
        _table(rows, names)


def emit_json(document: Any) -> None:
    """Print a document as JSON, times in ISO 8601; what JSON has no number for, such as NaN, is null."""
    typer.echo(json.dumps(_finite(document), indent=2, default=_plain, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def number(value: int | float | None) -> str:
    """A number as people read it."""
    return "–" if value is None else f"{value:,}"


def csv_lines(rows: Sequence[Mapping[str, Any]], names: Sequence[str], target: TextIO) -> None:
    """Write rows as CSV that a spreadsheet can open safely."""
    writer = csv.writer(_UnixLines(target))
    writer.writerow(names)
    writer.writerows([_safe(row[name]) for name in names] for row in rows)


@dataclass(frozen=True)
class _UnixLines:
    """A file with lines that end in a newline alone; inside a field both line ends are quoted."""

    target: TextIO

    def write(self, line: str) -> None:
        self.target.write(line.removesuffix("\r\n") + "\n")


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    plain = _plain(value) if not isinstance(value, (int, float, str, type(None))) else value
    return f"'{plain}" if isinstance(plain, str) and plain[:1] in ("=", "+", "-", "@", "\t", "\r") else plain


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max([len(name), *(len(line[i]) for line in cells)]) for i, name in enumerate(names)]
    right = [all(isinstance(row[name], (int, float, type(None))) for row in rows) for name in names]
    for line in [[*names], ["─" * width for width in widths], *cells]:
        padded = (text.rjust(w) if r else text.ljust(w) for text, w, r in zip(line, widths, right, strict=True))
        typer.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "auto")
    return f"{value:,}" if isinstance(value, int) else str(_plain(value)).replace("\n", " ")


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return json.dumps(value, default=str) if isinstance(value, (list, dict)) else str(value)
