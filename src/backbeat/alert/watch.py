"""What a run knows of an alert from the runs before: LAKE/alerts/NAME holds it. It is made anew where it is lost."""

from typing import Any

import msgspec
import numpy as np

from backbeat import content
from backbeat.alert.incidents import State
from backbeat.alert.rules import Rule, rule_of
from backbeat.errors import StorageError
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert

FORMAT = 4
"""To be raised when a memory's fields, or what a rule means, change: memories are then made anew."""


class Watch(msgspec.Struct):
    """`through` is the last final window the rule's memory has learnt from; `pending` the scored ones after it.

    `fixed` is how far scores stand that an earlier meaning of the alert has made: they are not made anew. `corrected` is
    the version of the series' table whose late rows the scores have taken in.
    """

    meaning: str
    memory: Any
    state: State
    through: int | None = None
    pending: list[tuple[int, float | None]] = []
    fixed: int | None = None
    corrected: int | None = None


def rule(alert: Alert) -> Rule:
    """The alert's rule with its parameters."""
    return rule_of(alert.rule, alert.parameters, f"alert {alert.name}: ")


def load(lake: Lakehouse, alert: Alert) -> Watch:
    """What is known of an alert, else a beginning; one whose meaning has changed learns anew, and keeps its state."""
    meaning = _meaning(lake, alert)
    found = lake.store.read(_path(alert.name))
    known = msgspec.msgpack.decode(found, type=_Kept) if found else None
    if known is None:
        return Watch(meaning, rule(alert).memory(), State())
    if known.meaning != meaning:
        return Watch(meaning, rule(alert).memory(), known.state, fixed=known.state.through)
    memory = copied(rule(alert), known.memory)
    return Watch(meaning, memory, known.state, known.through, known.pending, known.fixed, known.corrected)


def save(lake: Lakehouse, alert: Alert, watch: Watch) -> None:
    """Keep what is known for the next run."""
    memory = msgspec.msgpack.encode(watch.memory, enc_hook=_packed)
    kept = _Kept(watch.meaning, memory, watch.state, watch.through, watch.pending, watch.fixed, watch.corrected)
    written = msgspec.msgpack.encode(kept)
    path = _path(alert.name)
    if not lake.store.create(path, written):
        lake.store.write(path, written)


def forget(lake: Lakehouse, alert: str) -> None:
    """Know nothing of an alert any more: should its file come back, it learns from all of history."""
    lake.store.delete(_path(alert))


def copied(rule: Rule, memory: Any) -> Any:
    """A memory of its own, of another or of its bytes."""
    packed = memory if isinstance(memory, bytes) else msgspec.msgpack.encode(memory, enc_hook=_packed)
    try:
        return msgspec.msgpack.decode(packed, type=type(rule.memory()), dec_hook=_unpacked)
    except msgspec.DecodeError as error:
        raise StorageError(f"what is known of an alert can't be read: {error}; delete LAKE/alerts") from error


class _Kept(msgspec.Struct):
    meaning: str
    memory: bytes
    state: State
    through: int | None
    pending: list[tuple[int, float | None]]
    fixed: int | None
    corrected: int | None = None


def _meaning(lake: Lakehouse, alert: Alert) -> str:
    sql = content.alert_series().get(alert.series, "")
    parts = (str(FORMAT), alert.series, sql, alert.rule, repr(sorted(alert.parameters.items())), lake.config.timezone)
    return content.fingerprint(*parts)


def _path(alert: str) -> str:
    return f"alerts/{alert}"


def _packed(value: Any) -> bytes:
    found: bytes = np.ascontiguousarray(value, dtype=float).tobytes()
    return found


def _unpacked(kind: type, value: Any) -> Any:
    return np.frombuffer(value, dtype=float).copy() if kind is np.ndarray else value
