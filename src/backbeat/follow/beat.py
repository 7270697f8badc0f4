"""What following has to tell after each step: numbers of this step, and how far the feed has come."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Beat:
    """One step. `what` is start, batch, period, idle, trouble or stop; rows are this step's, `late` and `quarantined` all since the start.

    `lag_seconds` is how long after the arrival of the oldest file of the step its windows were there to be seen.
    """

    what: str
    at: datetime
    files: int = 0
    rows: int = 0
    rows_per_second: float = 0
    lag_seconds: float | None = None
    as_of: datetime | None = None
    watermark: datetime | None = None
    open_windows: int = 0
    late: int = 0
    quarantined: int = 0
    rejected: int = 0
    waiting_files: int = 0
    alerts_firing: int = 0
    message: str | None = None

    def row(self) -> dict[str, Any]:
        """The beat as one line of a log, times in ISO 8601, what is not known left out."""
        found = {name: _plain(value) for name, value in asdict(self).items()}
        return {name: value for name, value in found.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return round(value, 3) if isinstance(value, float) else value
