"""Backbeat: how a music-streaming company's customers listen. `lake = backbeat.open(lake=…, raw=…)`."""

from typing import Any

__version__ = "0.1.0"


def open(**flags: Any) -> Any:
    """Open a lake: `lake`, `raw` and every other setting by name; see backbeat.api.Lake for its verbs."""
    from backbeat.api import open_lake

    return open_lake(**flags)


def detect(*series: Any, **parameters: Any) -> Any:
    """How surprising each point of a series is, given those before it: see backbeat.alert.detect.detect."""
    from backbeat.alert import detect as judge

    return judge(*series, **parameters)
