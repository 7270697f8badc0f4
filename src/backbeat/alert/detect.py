"""`backbeat.detect`: how surprising each point of a series is, given those before it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from backbeat.alert.judged import Judged
from backbeat.alert.rules import rule_of
from backbeat.errors import UsageError
from backbeat.lake.schemas import INSTANT


def detect(times: Any, values: Any, rule: str = "seasonal", *, timezone: str = "UTC", **parameters: Any) -> pa.Table:
    """Judge each point of a series by a rule that knows only the points before it.

    `times` ascend (NumPy, Arrow, lists of datetimes; without a zone they are UTC), `values` are numbers, null or NaN
    where there is none. Returns time, value, expected, upper, lower, score in [0, 1] and is_breach, a row a point; more
    points never change the rows of earlier ones. `parameters` are the rule's; times of day are those of `timezone`.
    Raises UsageError for an unknown rule or parameter, and for series that are not in order or of two lengths.
    """
    wanted = rule_of(rule, parameters)
    instants, numbers = _instants(times), _numbers(values)
    _demand_series(instants, numbers)
    judged = wanted.judge(local_micros(instants, timezone), numbers, wanted.memory())
    return _table(instants, numbers, judged)


def local_micros(instants: pa.Array, timezone: str) -> np.ndarray:
    """Microseconds since 1970 as the clocks of a zone show them."""
    shown = instants
    if timezone != "UTC" and len(instants):
        shown = pc.local_timestamp(instants.cast(pa.timestamp("us", tz=timezone)))
    found: np.ndarray = shown.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _instants(times: Any) -> pa.Array:
    found = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    try:
        found = found if isinstance(found, pa.Array) else pa.array(found)
        if pa.types.is_integer(found.type) or pa.types.is_floating(found.type):
            raise ValueError("numbers don't say whether they are seconds or microseconds")
        if not pa.types.is_timestamp(found.type):
            found = found.cast(pa.timestamp("us"))
        zone = found.type.tz
        return found.cast(pa.timestamp("us", tz=zone), safe=False).cast(INSTANT)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, ValueError, TypeError) as error:
        raise UsageError(f"times: give datetimes, or Arrow or NumPy timestamps: {error}") from error


def _numbers(values: Any) -> np.ndarray:
    found = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    try:
        found = found if isinstance(found, pa.Array) else pa.array(found)
        numbers = found.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(float)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError, ValueError, TypeError) as error:
        raise UsageError(f"values: give numbers: {error}") from error
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _demand_series(instants: pa.Array, numbers: np.ndarray) -> None:
    if len(instants) != len(numbers):
        raise UsageError(f"{len(instants):,} times and {len(numbers):,} values: give as many of one as of the other")
    if instants.null_count:
        raise UsageError("times: every point needs a time")
    if np.any(np.diff(instants.cast(pa.int64()).to_numpy(zero_copy_only=False)) < 0):
        raise UsageError("times: sort the series by time first")


def _table(instants: pa.Array, numbers: np.ndarray, judged: Judged) -> pa.Table:
    columns = {"value": numbers, "expected": judged.expected, "upper": judged.upper, "lower": judged.lower}
    found = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    return pa.table({"time": instants, **found, "score": judged.score, "is_breach": judged.is_breach})
