"""What may be shown of a row that somebody's data stands in."""

import re
from typing import Any


def masked(row: dict[str, Any]) -> dict[str, Any]:
    """The row with a raw row's values by their shape alone: letters as x, digits as 9."""
    return row if "raw_row" not in row else {**row, "raw_row": shape(row["raw_row"])}


def shape(raw: str | None) -> str | None:
    """The shape of a raw row's values; its column names stay."""
    import json

    if raw is None:
        return None
    values = json.loads(raw)
    return ", ".join(f"{name}: {_shape(value)}" for name, value in values.items())


def _shape(value: Any) -> str:
    text = "null" if value is None else value if isinstance(value, str) else str(value)
    return "null" if value is None else re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))[:40]
