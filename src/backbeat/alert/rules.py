"""The rules by name."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
import numpy as np

from backbeat.alert.judged import Judged
from backbeat.alert.seasonal import Seasonal
from backbeat.alert.simple import Absence, Change, Percentile, Threshold
from backbeat.errors import UsageError


class Rule(Protocol):
    """A rule judges points in order of time; all it knows of those before is in its memory."""

    def memory(self) -> Any:
        """What is known before the first point."""

    def judge(self, times: np.ndarray, values: np.ndarray, memory: Any) -> Judged:
        """Judge points (local microseconds, NaN for no value) and move the memory on."""


RULES: Mapping[str, Any] = {
    "seasonal": Seasonal,
    "percentile": Percentile,
    "threshold": Threshold,
    "change": Change,
    "absence": Absence,
}


def rule_of(name: str, parameters: Mapping[str, Any], place: str = "") -> Rule:
    """A rule with its parameters. Raises UsageError, naming the place, for a name or a parameter that is not there."""
    if name not in RULES:
        raise UsageError(f"{place}there is no rule '{name}'; there are {', '.join(RULES)}")
    try:
        found: Rule = msgspec.convert(dict(parameters), RULES[name])
    except (msgspec.ValidationError, UsageError) as error:
        raise UsageError(f"{place}rule {name}: {error}; it takes {', '.join(RULES[name].__struct_fields__)}") from error
    return found
