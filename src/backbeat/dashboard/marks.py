"""How each kind of chart is drawn: one function a kind, from a drawing to the parts of a Vega-Lite spec."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from backbeat.colours import Theme
from backbeat.dashboard.format import words
from backbeat.specs import Block

Spec = dict[str, Any]
TIMES = ("_date", "_week", "_start", "month", "_month")
FORMATS = {"percent": ".1%", "percent100": ".1f", "number": ",.4~f", "days": ",.1~f"}
AXES = {"percent": "~%", "percent100": "~f", "number": "~s", "days": "~f"}
STEPS = ["signed_up", "activated", "habitual", "paid"]
SEGMENTS = ["none", "infrequent", "casual", "regular", "core"]
ORDERS = {"step": STEPS, "segment": SEGMENTS}
BAR_STEP = 22


@dataclass(frozen=True)
class Drawing:
    """`rows` as Vega reads them, `y` drawn over `x`, a colour a value of `by` or a column of `y`."""

    block: Block
    kind: str
    x: str
    y: tuple[str, ...]
    by: str | None
    rows: list[dict[str, Any]]
    theme: Theme
    unit: str

    @property
    def is_timed(self) -> bool:
        return self.x.endswith(TIMES) or self.x == "month"

    @property
    def is_provisional(self) -> bool:
        return any(row.get("status") == "provisional" for row in self.rows)


def line(drawing: Drawing, _: int | None) -> Spec:
    """A line a series; what may still change is drawn hollow."""
    few = len({row[drawing.x] for row in drawing.rows}) <= 40
    mark: Spec = {"type": "line"}
    if few:
        mark["point"] = {"filled": True, "size": 46}
    layers: list[Spec] = [{"mark": mark}]
    if few and drawing.is_provisional:
        hollow = {"type": "point", "size": 46, "filled": True, "fill": drawing.theme.paper, "strokeWidth": 2}
        layers.append({"mark": hollow, "transform": [{"filter": "datum.status === 'provisional'"}]})
    return {**_folded(drawing), "layer": layers, "encoding": _encoding(drawing, zero=False)}


def area(drawing: Drawing, _: int | None) -> Spec:
    """Areas over each other, not added up."""
    mark = {"type": "area", "line": {"strokeWidth": 1.5}, "fillOpacity": 0.18, "interpolate": "step-after"}
    encoding = _encoding(drawing, zero=True)
    encoding["y"]["stack"] = None
    return {**_folded(drawing), "mark": mark, "encoding": encoding}


def bar(drawing: Drawing, _: int | None) -> Spec:
    """Upright bars over time, added up; lying bars by name, in the order of their rows."""
    if drawing.is_timed:
        is_monthly = drawing.x.endswith("month")
        mark: Spec = {
            "type": "bar",
            "width": {"band": 0.72 if is_monthly else 1},
            "cornerRadiusEnd": 2 if is_monthly else 0,
        }
        encoding = _encoding(drawing, zero=True)
        encoding["x"] |= {"timeUnit": "yearmonth", "type": "ordinal"} if is_monthly else {"timeUnit": "yearmonthdate"}
        return _stacked({**_folded(drawing), "mark": mark, "encoding": encoding})
    return _lying(drawing)


def _stacked(spec: Spec) -> Spec:
    """With the parts of a bar in the order of the legend."""
    colour = spec["encoding"].get("color")
    if not colour or "scale" not in colour:
        return spec
    place = f"indexof({colour['scale']['domain']}, datum.{colour['field']})"
    spec["encoding"]["order"] = {"field": "place", "type": "quantitative"}
    return {**spec, "transform": [*spec.get("transform", ()), {"calculate": place, "as": "place"}]}


def _lying(drawing: Drawing) -> Spec:
    name = drawing.y[0]
    names = list(dict.fromkeys(row[drawing.x] for row in drawing.rows))
    y = {
        "field": drawing.x,
        "type": "nominal",
        "sort": names,
        "title": None,
        "axis": {"labelLimit": 170, "domain": False},
    }
    most = max((row[name] or 0 for row in drawing.rows), default=0)
    x = {**_amount(drawing, name, zero=True), "axis": None, "scale": {"domain": [0, 1.18 * most or 1], "nice": False}}
    colour = {"color": {"field": drawing.by, "type": "nominal"}} if drawing.by else {}
    tooltip = [_told(drawing, column) for column in _told_columns(drawing)]
    bars = {"mark": {"type": "bar", "height": {"band": 0.68}}, "encoding": {**colour, "tooltip": tooltip}}
    told = {"align": "left", "dx": 6, "type": "text", "color": drawing.theme.soft}
    label = {"text": {"field": name, "type": "quantitative", "format": FORMATS[drawing.unit]}}
    layers = [bars] if drawing.by else [bars, {"mark": told, "encoding": label}]
    height = max(120, BAR_STEP * len(names))
    return {"height": height, "layer": layers, "encoding": {"y": y, "x": x}}


def heatmap(drawing: Drawing, _: int | None) -> Spec:
    """A cell a pair of x and y, darker for more; what may still change is paler."""
    block = drawing.block
    later = [row[block.color or ""] for row in drawing.rows if row[drawing.x] and row[block.color or ""] is not None]
    value: Spec = {
        "field": block.color,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": _tenths(later), "clamp": True},
    }
    y: Spec = {
        "field": drawing.y[0],
        "type": "ordinal",
        "timeUnit": "yearmonthdate",
        "title": None,
        "axis": {"format": "%d %b"},
    }
    tooltip = [_told(drawing, drawing.y[0]), _told(drawing, drawing.x), _told(drawing, block.color or "")]
    encoding: Spec = {
        "x": {"field": drawing.x, "type": "ordinal", "title": words(drawing.x), "axis": {"labelAngle": 0}},
        "y": {**y, "axis": {**y["axis"], "labelOverlap": "greedy", "domain": False}},
        "color": {**value, "legend": {"format": "~%", "gradientLength": 160}},
        "tooltip": tooltip,
    }
    if drawing.is_provisional:
        paler = {"test": "datum.status === 'provisional'", "value": 0.55}
        encoding["opacity"] = {"condition": paler, "value": 1}
    height = max(160, 15 * len({row[drawing.y[0]] for row in drawing.rows}))
    return {"height": height, "mark": {"type": "rect", "cornerRadius": 2}, "encoding": encoding}


def _tenths(values: list[float]) -> list[float]:
    """From the tenth below all values to the one above them."""
    return [math.floor(10 * min(values, default=0)) / 10, math.ceil(10 * max(values, default=1)) / 10]


def funnel(drawing: Drawing, _: int | None) -> Spec:
    """Steps from the top down, each with its number and its share of the first."""
    ordered = sorted(drawing.rows, key=lambda row: -row[drawing.y[0]])
    first = ordered[0][drawing.y[0]] if ordered else 0
    rows = [
        {**row, "share": row[drawing.y[0]] / first if first else None, "name": words(row[drawing.x])} for row in ordered
    ]
    y = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"domain": False, "labelFontSize": 13},
    }
    x = {"field": drawing.y[0], "type": "quantitative", "axis": None, "scale": {"domain": [0, first * 1.25 or 1]}}
    bars = {"mark": {"type": "bar", "height": {"band": 0.7}}}
    text = "format(datum.customers, ',') + '   ' + (datum.share == null ? '' : format(datum.share, '.1%'))"
    label = {
        "transform": [{"calculate": text.replace("customers", drawing.y[0]), "as": "told"}],
        "mark": {"type": "text", "align": "left", "dx": 8, "color": drawing.theme.ink, "fontSize": 13},
        "encoding": {"text": {"field": "told"}},
    }
    return {
        "data": {"values": rows},
        "height": max(120, 46 * len(rows)),
        "layer": [bars, label],
        "encoding": {"x": x, "y": y},
    }


def histogram(drawing: Drawing, threshold: int | None) -> Spec:
    """A bar a number or a bin; those from the threshold on are in the accent's colour."""
    name = drawing.y[0] if drawing.y else drawing.block.count or ""
    amount = {"field": name, "type": "quantitative", "title": words(name), "axis": {"format": "~s"}}
    x: Spec = {
        "field": drawing.x,
        "type": "quantitative",
        "title": words(drawing.x),
        "axis": {"tickMinStep": 1},
        "scale": {"domainMin": 0, "nice": False},
    }
    tooltip = [_told(drawing, column, plain=True) for column in (drawing.x, name, *_other_columns(drawing, name))]
    encoding: Spec = {"x": x, "y": amount, "tooltip": tooltip}
    if drawing.block.bins:
        wide = {"calculate": f"datum.{drawing.x} + {1 / drawing.block.bins}", "as": "x_end"}
        encoding["x"] = {**x, "bin": {"binned": True}, "axis": {"format": "~%"}}
        encoding |= (
            {"x2": {"field": "x_end"}, "color": {"field": drawing.by, "type": "nominal"}}
            if drawing.by
            else {"x2": {"field": "x_end"}}
        )
        return {
            "transform": [wide],
            "mark": {"type": "bar", "fillOpacity": 0.75},
            "encoding": {**encoding, "y": {**amount, "stack": None}},
        }
    if threshold is None:
        return {"mark": {"type": "bar", "width": 2}, "encoding": encoding}
    reached = {"test": f"datum.{drawing.x} >= {threshold}", "value": drawing.theme.accent}
    bars = {
        "mark": {"type": "bar", "width": 2},
        "encoding": {**encoding, "color": {"condition": reached, "value": drawing.theme.series[4]}},
    }
    rule = {
        "data": {"values": [{"at": threshold}]},
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": drawing.theme.ink},
        "encoding": {"x": {"field": "at", "type": "quantitative"}},
    }
    return {"layer": [bars, rule]}


def band(drawing: Drawing, _: int | None) -> Spec:
    """What was, over the band of what was expected; breaches are dots."""
    x = _time(drawing)
    is_alone = len({row.get(drawing.by or "") for row in drawing.rows}) < 2
    legend = {"legend": None} if is_alone else {}
    colour = {"color": {"field": drawing.by, "type": "nominal", **legend}} if drawing.by else {}
    expected = {
        "mark": {"type": "area", "fillOpacity": 0.15},
        "encoding": {
            "y": {"field": "lower", "type": "quantitative", "title": None},
            "y2": {"field": "upper"},
            **colour,
        },
    }
    value = {
        "mark": {"type": "line", "strokeWidth": 1.5},
        "encoding": {"y": {"field": drawing.y[0], "type": "quantitative", "title": None}, **colour},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "color": drawing.theme.series[3]},
        "encoding": {
            "y": {"field": drawing.y[0], "type": "quantitative"},
            "size": {"condition": {"test": "datum.is_breach", "value": 60}, "value": 0},
        },
    }
    return {"layer": [expected, value, dots], "encoding": {"x": x}}


def _folded(drawing: Drawing) -> Spec:
    """Several columns become one, with a name beside each value."""
    if len(drawing.y) < 2:
        return {}
    return {"transform": [{"fold": list(drawing.y), "as": ["series", "amount"]}]}


def _encoding(drawing: Drawing, *, zero: bool) -> Spec:
    several = len(drawing.y) > 1
    amount = "amount" if several else drawing.y[0]
    x = _time(drawing) if drawing.is_timed else _whole_numbers(drawing)
    encoding: Spec = {"x": x, "y": _amount(drawing, amount, zero=zero)}
    encoding["tooltip"] = [_told(drawing, column) for column in _told_columns(drawing)]
    colour = "series" if several else drawing.by
    if colour:
        encoding["color"] = {
            "field": colour,
            "type": "nominal",
            **_order(drawing, colour),
            "legend": _legend(drawing),
        }
    return encoding


def _legend(drawing: Drawing) -> Spec:
    stroke = {"symbolType": "stroke", "symbolStrokeWidth": 3} if drawing.kind == "line" else {}
    return {"labelExpr": _spoken(drawing), "columns": 4, **stroke}


def _order(drawing: Drawing, colour: str) -> Spec:
    if colour == "series":
        return {"sort": list(drawing.y), "scale": {"domain": list(drawing.y)}}
    known = ORDERS.get(colour, [])
    there = [name for name in known if any(row.get(colour) == name for row in drawing.rows)]
    return {"sort": there, "scale": {"domain": there, "range": _shades(drawing, colour, len(there))}} if there else {}


def _shades(drawing: Drawing, colour: str, count: int) -> list[str]:
    """What has an order of its own, such as segments, goes from pale to dark; other names are told apart by hue."""
    if colour == "segment":
        return [drawing.theme.line, *drawing.theme.ramp[1:]][-count:]
    return list(drawing.theme.series)


def _spoken(drawing: Drawing) -> str:
    """A Vega expression that says the series' names in words."""
    names = {name: words(name) for name in drawing.y}
    told = " : ".join(f"datum.value === '{name}' ? '{said}'" for name, said in names.items())
    return f"{told} : replace(datum.value, /_/g, ' ')"


def _amount(drawing: Drawing, name: str, *, zero: bool) -> Spec:
    axis = {
        "format": AXES[drawing.unit],
        **({"labelExpr": "datum.label + ' %'"} if drawing.unit == "percent100" else {}),
    }
    nice = {"zero": zero, "nice": True}
    return {"field": name, "type": "quantitative", "title": None, "axis": axis, "scale": nice}


def _whole_numbers(drawing: Drawing) -> Spec:
    return {"field": drawing.x, "type": "quantitative", "title": words(drawing.x), "axis": {"tickMinStep": 1}}


def _time(drawing: Drawing) -> Spec:
    return {"field": drawing.x, "type": "temporal", "title": None, "axis": _time_axis(drawing)}


def _time_axis(drawing: Drawing) -> Spec:
    if not drawing.x.endswith("month"):
        return {"tickCount": 8, "format": "%d %b %H:%M" if drawing.x.endswith("_start") else "%d %b"}
    year = "datum.index == 0 || month(datum.value) == 0"
    month = "timeFormat(datum.value, '%b')"
    told = f"{year} ? [{month}, timeFormat(datum.value, '%Y')] : {month}"
    months = sorted({row[drawing.x] for row in drawing.rows})
    at: Spec = {"labelAngle": 0} if drawing.kind == "bar" else {"values": months}
    return {**at, "labelExpr": told, "labelFlush": False, "labelAlign": "center", "labelOverlap": "greedy"}


def _told_columns(drawing: Drawing) -> list[str]:
    return [name for name in (drawing.rows[0] if drawing.rows else ()) if name not in ("slice", "slice_value")]


def _other_columns(drawing: Drawing, name: str) -> list[str]:
    return [column for column in _told_columns(drawing) if column not in (drawing.x, name)]


def _told(drawing: Drawing, name: str, *, plain: bool = False) -> Spec:
    """A line of the tooltip."""
    value = next((row[name] for row in drawing.rows if row.get(name) is not None), None)
    told: Spec = {"field": name, "title": words(name)}
    if name.endswith(TIMES) or name == "month":
        return {**told, "type": "temporal", "format": "%d %b %Y %H:%M" if name.endswith("_start") else "%d %b %Y"}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        is_drawn = name in drawing.y or name == drawing.block.color
        return {**told, "type": "quantitative", "format": FORMATS[drawing.unit] if is_drawn and not plain else ",.4~f"}
    return {**told, "type": "nominal"}


KINDS: dict[str, Callable[[Drawing, int | None], Spec]] = {
    "line": line, "area": area, "bar": bar, "heatmap": heatmap, "funnel": funnel, "histogram": histogram, "band": band,
}  # fmt: skip
