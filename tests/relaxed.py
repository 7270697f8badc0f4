"""Settings of Hypothesis for examples that take seconds: the same each time, without a search for smaller ones."""

from typing import Any

from hypothesis import HealthCheck, Phase

RELAXED: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": [*HealthCheck],
    "phases": [Phase.generate],
}
