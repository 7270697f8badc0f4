"""The colours and the type of charts, light and dark; dashboard.css has the same for everything else."""

from typing import Any

from backbeat.colours import DARK, LIGHT, Theme

FONT = "Inter, 'Segoe UI', system-ui, -apple-system, 'Liberation Sans', Arial, sans-serif"


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
        "axisX": {"grid": False, "labelFlush": True, "labelOverlap": "greedy", "labelSeparation": 8},
        "axisY": {"domain": False, "tickCount": 5},
        "legend": legend,
        "range": {"category": list(theme.series), "ramp": list(theme.ramp), "heatmap": list(theme.ramp)},
        "line": {"strokeWidth": 2, "strokeCap": "round"},
        "bar": {"cornerRadiusEnd": 2, "color": theme.accent},
        "mark": {"color": theme.accent},
        "text": {"color": theme.ink, "fontSize": 12},
    }
