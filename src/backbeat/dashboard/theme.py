"""The colours and the type of charts, light and dark; dashboard.css has the same for everything else."""

from dataclasses import dataclass
from typing import Any

FONT = "Inter, 'Segoe UI', system-ui, -apple-system, 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Theme:
    """`series` are told apart by lightness as well as by hue; `ramp` goes from nothing to all."""

    ink: str
    soft: str
    line: str
    paper: str
    accent: str
    series: tuple[str, ...]
    ramp: tuple[str, ...]


LIGHT = Theme(
    ink="#1d1c1a",
    soft="#605d57",
    line="#e6e3dc",
    paper="#ffffff",
    accent="#4b3fbb",
    series=("#4b3fbb", "#0f8b7d", "#d0782a", "#b83a5e", "#7a8ca3", "#8a6fd1", "#5b9a3c"),
    ramp=("#f3f1fb", "#c9c3ee", "#8f86d8", "#4b3fbb", "#2a226f"),
)
DARK = Theme(
    ink="#eceae6",
    soft="#a9a59d",
    line="#33343a",
    paper="#1b1c21",
    accent="#a79dff",
    series=("#a79dff", "#4fc7b4", "#f0a460", "#f0809f", "#9aa9bd", "#cbb8ff", "#9dce7c"),
    ramp=("#24232f", "#3a3570", "#5a50b4", "#8d82ee", "#d4ceff"),
)
THEMES = {"light": LIGHT, "dark": DARK}


def config(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite config of a theme."""
    axis = {
        "labelColor": theme.soft, "titleColor": theme.soft, "gridColor": theme.line, "domainColor": theme.line,
        "tickColor": theme.line, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
        "labelPadding": 6, "ticks": False,
    }  # fmt: skip
    legend = {
        "labelColor": theme.soft, "titleColor": theme.soft, "orient": "top", "title": None, "labelFontSize": 12,
        "symbolType": "circle", "symbolSize": 70, "offset": 8,
    }  # fmt: skip
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisX": {"grid": False, "labelFlush": True, "labelOverlap": "greedy"},
        "axisY": {"domain": False, "tickCount": 5},
        "legend": legend,
        "range": {"category": list(theme.series), "ramp": list(theme.ramp), "heatmap": list(theme.ramp)},
        "line": {"strokeWidth": 2, "strokeCap": "round"},
        "bar": {"cornerRadiusEnd": 2, "color": theme.accent},
        "mark": {"color": theme.accent},
        "text": {"color": theme.ink, "fontSize": 12},
    }
