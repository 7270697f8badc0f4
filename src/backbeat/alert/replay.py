"""What a rule would have done on history, and how often it would have woken someone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from backbeat.alert.incidents import Incident, State
from backbeat.alert.look import events, judge
from backbeat.alert.series import final, instant, micros, points
from backbeat.alert.watch import rule
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert


@dataclass(frozen=True)
class Replay:
    """`summary` has a row an alert: windows, breaches, incidents, notifications and those a week; `incidents` one each."""

    first: date
    last: date
    summary: list[dict[str, Any]]
    incidents: list[dict[str, Any]]


def replay(lake: Lakehouse, clock: Clock, alerts: Sequence[Alert], first: date, last: date) -> Replay:
    """Judge the final windows up to the last day; count what happened from the first on."""
    begin, end = micros(clock.midnight(first)), micros(clock.midnight(last + timedelta(days=1)))
    summary, incidents = [], []
    for alert in alerts:
        found = points(lake, clock, alert)
        found = found.part(0, min(final(clock, found), int((found.starts < end).sum())))
        wanted = rule(alert)
        judged = judge(lake, wanted, found, wanted.memory())
        begun = int((found.starts < begin).sum())
        state = State()
        happened = events(alert, state, found.part(begun, len(found)), judged.after(begun))
        told = [event for event in happened if not event.incident.is_quiet and alert.notify and not alert.mute]
        opened = [event for event in happened if event.kind == "opened"]
        weeks = ((last - first).days + 1) / 7
        summary.append(
            {
                "alert": alert.name,
                "windows": len(found) - begun,
                "breaches": int(judged.is_breach[begun:].sum()),
                "incidents": len(opened),
                "incidents_a_week": round(len(opened) / weeks, 2),
                "notifications": len(told),
                "woken_a_week": round(len([e for e in told if e.kind == "opened"]) / weeks, 2),
            }
        )
        incidents += _incidents(alert, [*(e.incident for e in happened), *([state.open] if state.open else [])])
    return Replay(first, last, summary, incidents)


def _incidents(alert: Alert, seen: Sequence[Incident]) -> list[dict[str, Any]]:
    """Each incident once, as it was seen last."""
    latest = {incident.opened_at: incident for incident in seen}
    return [
        {
            "alert": alert.name,
            "opened_at": instant(each.opened_at),
            "resolved_at": None if each.resolved_at is None else instant(each.resolved_at),
            "peak_value": each.peak_value,
            "expected": each.expected,
            "score": each.score,
        }
        for each in latest.values()
    ]
