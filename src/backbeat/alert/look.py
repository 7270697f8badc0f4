"""One alert's look at what is new of its series."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from backbeat.alert.detect import local_micros
from backbeat.alert.incidents import Event, State, Window, move
from backbeat.alert.judged import Judged
from backbeat.alert.rules import Rule
from backbeat.alert.series import Points, awaited, final, inputs, instant, joined, points, settled
from backbeat.alert.tables import local_days
from backbeat.alert.watch import Watch, copied, load, rule
from backbeat.config import seconds
from backbeat.lake import schemas
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert


@dataclass(frozen=True)
class Look:
    """What a look found: rows of activity_scores, events, and what is known now, if that is new."""

    alert: Alert
    watch: Watch
    scores: pa.Table
    events: list[Event]
    is_new: bool


def look(lake: Lakehouse, clock: Clock, alert: Alert, *, feed_is_silent: bool) -> Look:
    """Judge the windows that have settled since; those that are final go into the rule's memory, the others do not.

    `feed_is_silent`: no sessions come, so that the clock judges, too.
    """
    for name in inputs(alert):
        lake.show(name)
    watch, wanted = load(lake, alert), rule(alert)
    found = _points(lake, clock, alert, watch)
    until_final, until = final(clock, found), settled(lake, clock, found, feed_is_silent=feed_is_silent)
    judged = judge(lake, wanted, found.part(0, until_final), watch.memory)
    pending = found.part(until_final, until)
    if len(pending):
        judged = judged.followed_by(judge(lake, wanted, pending, copied(wanted, watch.memory)))
    return _looked(lake, alert, watch, found.part(0, until), judged, until_final)


def judge(lake: Lakehouse, rule: Rule, found: Points, memory: object) -> Judged:
    """Judge points by the clocks of the lake's zone."""
    local = local_micros(pa.array(found.starts).cast(schemas.INSTANT), lake.config.timezone)
    return rule.judge(local, found.values, memory)


def scores(lake: Lakehouse, alert: Alert, found: Points, judged: Judged, kept: np.ndarray) -> pa.Table:
    """Rows of activity_scores of the points that are kept."""
    starts = pa.array(found.starts[kept]).cast(schemas.INSTANT)
    n = len(starts)
    numbers = {"value": found.values, "expected": judged.expected, "lower": judged.lower, "upper": judged.upper}
    columns = {
        "window_start": starts,
        "alert": [alert.name] * n,
        "series": [alert.series] * n,
        **{name: pa.array(values[kept], from_pandas=True) for name, values in numbers.items()},
        "score": judged.score[kept],
        "is_breach": judged.is_breach[kept],
        "rule_version": [alert.version] * n,
        "window_date": local_days(lake, starts),
    }
    return pa.table(columns, schema=schemas.ALERTS["gold.activity_scores"])


def _points(lake: Lakehouse, clock: Clock, alert: Alert, watch: Watch) -> Points:
    after: datetime | None = None if watch.through is None else instant(watch.through)
    found = points(lake, clock, alert, after)
    return joined(found, awaited(lake, clock, alert, after)) if alert.rule == "absence" else found


def _looked(lake: Lakehouse, alert: Alert, watch: Watch, found: Points, judged: Judged, until_final: int) -> Look:
    """What is to be written: rows that are new, or of another value than when they were scored first."""
    before = dict(watch.pending)
    values = [_known(value) for value in found.values.tolist()]
    is_new = [
        start not in before or before[start] != value
        for start, value in zip(found.starts.tolist(), values, strict=True)
    ]
    kept = np.array(is_new, dtype=bool) & (found.starts > (watch.fixed or 0))
    pending = [*zip(found.starts.tolist(), values, strict=True)][until_final:]
    happened = events(alert, watch.state, found, judged)
    if until_final:
        watch.through = int(found.starts[until_final - 1])
    watch.pending = pending
    return Look(alert, watch, scores(lake, alert, found, judged, kept), happened, bool(until_final or any(is_new)))


def events(alert: Alert, state: State, found: Points, judged: Judged) -> list[Event]:
    """Move the state on by windows it has not seen; it sees each once, as it first was."""
    cooldown = int(seconds(alert.cooldown, "cooldown") * 1_000_000)
    first = 0 if state.through is None else int(np.searchsorted(found.starts, state.through, side="right"))
    breaches = np.append(np.flatnonzero(judged.is_breach), len(found))
    moved, i = [], first
    while i < len(found):
        if state.is_at_rest:
            i = int(breaches[np.searchsorted(breaches, i)])
        if i < len(found):
            moved.append(move(state, alert, _window(found, judged, i), cooldown))
        i += 1
    state.through = int(found.starts[-1]) if first < len(found) else state.through
    return [event for event in moved if event]


def _window(found: Points, judged: Judged, i: int) -> Window:
    value, expected = _known(float(found.values[i])), _known(float(judged.expected[i]))
    start, end = int(found.starts[i]), int(found.ends[i])
    return Window(start, end, value, expected, float(judged.score[i]), bool(judged.is_breach[i]))


def _known(value: float) -> float | None:
    return None if value != value else value
