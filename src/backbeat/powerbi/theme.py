"""The report's colours and type: light, and told apart by lightness as well as by hue, as on the dashboard."""

from typing import Any

from backbeat.colours import LIGHT

BASE, THEME = "BackbeatBase", "Backbeat"
FONT = "Segoe UI"


def base_theme() -> dict[str, Any]:
    """What every Power BI report has to name: the plainest theme there is."""
    return {"name": BASE, **_colours()}


def theme() -> dict[str, Any]:
    """The theme that is seen."""
    bold = f"{FONT} Semibold"
    classes = {
        "callout": {"fontSize": 24, "fontFace": bold, "color": LIGHT.ink},
        "title": {"fontSize": 12, "fontFace": bold, "color": LIGHT.ink},
        "header": {"fontSize": 11, "fontFace": bold, "color": LIGHT.ink},
        "label": {"fontSize": 10, "fontFace": FONT, "color": LIGHT.soft},
    }
    return {"name": f"{THEME}.json", **_colours(), "textClasses": classes}


def _colours() -> dict[str, Any]:
    return {
        "dataColors": list(LIGHT.series), "background": LIGHT.paper, "foreground": LIGHT.ink, "tableAccent": LIGHT.accent,
        "good": LIGHT.series[1], "neutral": LIGHT.series[2], "bad": LIGHT.series[3],
        "maximum": LIGHT.ramp[4], "center": LIGHT.ramp[2], "minimum": LIGHT.ramp[0],
    }  # fmt: skip
