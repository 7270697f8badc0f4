"""Answers on stdout: a table for people, JSON or CSV for programs."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import typer

from backbeat.cli.options import Format
from backbeat.texts import csv_text, json_text, plain


def emit(rows: Sequence[Mapping[str, Any]], style: Format, columns: Sequence[str] = ()) -> None:
    """Print rows; `columns` names them where there may be none."""
    names = [*columns] or [*(rows[0] if rows else ())]
    if style is Format.json:
        emit_json([{name: row[name] for name in names} for row in rows])
    elif style is Format.csv:
        sys.stdout.write(csv_text(rows, names))
    else:
        _table(rows, names)


def emit_json(document: Any) -> None:
    """Print a document as JSON, times in ISO 8601; what JSON has no number for, such as NaN, is null."""
    typer.echo(json_text(document, indent=2))


def number(value: int | float | None) -> str:
    """A number as people read it."""
    return "–" if value is None else f"{value:,}"


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
    return f"{value:,}" if isinstance(value, int) else str(plain(value)).replace("\n", " ")
