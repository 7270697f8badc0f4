"""What the numbers of the test say, in plain words."""

import math
from collections.abc import Mapping
from typing import Any


def verdict(found: Mapping[str, Any]) -> str:
    """Whether the model has any skill, and whether it beats its baseline, by the metrics of all test customers."""
    auc, gain = found["roc_auc"], found["average_precision_gain"]
    if _unknown(auc.low) or _unknown(gain.low):
        return "Nothing can be said: the test days hold customers of one kind only."
    if auc.low <= 0.5:
        return f"No skill: it ranks customers no better than chance (ROC AUC {interval(auc)} reaches 0.5)."
    precision = f"average precision {interval(found['average_precision'])}, the baseline's {_plain(found)}"
    if gain.low > 0:
        return f"Beats its baseline: {precision}; the gain is {interval(gain)}."
    return f"Does not beat its baseline for sure: {precision}; the gain is {interval(gain)}."


def interval(number: Any) -> str:
    """`0.921 (0.913 to 0.929)`."""
    if _unknown(number.value):
        return "unknown"
    return f"{shown(number.value)} ({shown(number.low)} to {shown(number.high)})"


def shown(value: float | None) -> str:
    """A number with three decimals, `–` where there is none."""
    return "–" if _unknown(value) else f"{value:.3f}"


def _plain(found: Mapping[str, Any]) -> str:
    return shown(found["average_precision"].baseline_value)


def _unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)
