"""A block and its rows → a plain Vega-Lite spec. Browser, report and picture files draw the same one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from backbeat.colours import LIGHT, Theme
from backbeat.dashboard import marks
from backbeat.dashboard.format import Form, is_fraction, words
from backbeat.dashboard.marks import Drawing
from backbeat.dashboard.theme import config
from backbeat.specs import Block

HEIGHT = 240
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def chart(
    block: Block,
    rows: Sequence[Mapping[str, Any]],
    form: Form,
    *,
    theme: Theme = LIGHT,
    threshold: int | None = None,
    width: int | str = "container",
) -> dict[str, Any]:
    """The spec of a chart block, its data within; `width` is in pixels, or the room that the page gives."""
    drawing = drawing_of(block, [{name: _value(value, form) for name, value in row.items()} for row in rows], theme)
    drawn = marks.KINDS[drawing.kind](drawing, threshold)
    return {
        "$schema": SCHEMA,
        "width": width,
        "height": HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": drawing.rows},
        "config": {**config(theme), "locale": {"number": number_locale(form)}},
        **drawn,
    }


def drawing_of(block: Block, rows: Sequence[dict[str, Any]], theme: Theme) -> Drawing:
    """What a chart draws: over x, the columns y, in colours by `by`, as percent or as numbers."""
    if block.metric:
        x, y = (block.by, ("value",)) if block.by else ("month", ("value",))
        return Drawing(block, block.chart or "line", x or "", y, None, [*rows], theme, unit="percent100")
    x = block.label.partition(".")[2] if block.label else block.x or ""
    unit = "percent" if block.unit == "percent" or any(map(is_fraction, block.y)) else block.unit
    return Drawing(block, block.chart or "line", x, block.y, block.by, _downwards(block, rows), theme, unit=unit)


def _downwards(block: Block, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    def turned(name: str, value: Any) -> Any:
        return -value if name in block.minus and value is not None else value

    return [{name: turned(name, value) for name, value in row.items()} for row in rows]


def _value(value: Any, form: Form) -> Any:
    """A value as Vega reads it: instants as the lake's local time, days as their noon, which is in no other day."""
    if isinstance(value, datetime):
        return value.astimezone(form.zone).strftime("%Y-%m-%dT%H:%M:%S")
    if isinstance(value, date):
        return f"{value.isoformat()}T12:00:00"
    return value


def number_locale(form: Form) -> dict[str, Any]:
    """How d3 writes numbers, as people who read this form do."""
    return {"decimal": form.decimal, "thousands": form.group, "grouping": [3], "currency": ["", ""], "minus": "−"}


def described(block: Block, rows: Sequence[Mapping[str, Any]]) -> str:
    """What a chart shows, for those who can't see it."""
    names = [words(name) for name in block.y] or [words(block.metric or "")]
    kind = {"band": "line chart with an expected band", "heatmap": "heat map"}.get(
        block.chart or "", f"{block.chart} chart"
    )
    over = block.by if block.metric and block.by else "month" if block.metric else block.x or ""
    return (
        f"{kind.capitalize()} of {', '.join(names)} over {words(over).lower()}: {len(rows)} rows, in the table below."
    )
