"""Scores and incidents brought up to date after a batch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from backbeat import content
from backbeat.alert.corrections import corrections
from backbeat.alert.incidents import Event, Incident
from backbeat.alert.look import Look, look
from backbeat.alert.notify import queue, send
from backbeat.alert.series import instant, is_silent
from backbeat.alert.tables import INCIDENTS, write_incidents, write_scores
from backbeat.alert.watch import forget, save
from backbeat.errors import BackbeatError
from backbeat.lake.clock import Clock, window_number
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert


@dataclass
class Refreshed:
    """What a refresh did: the events, each with its alert, how many windows it scored, and what is to be said."""

    events: list[tuple[Alert, Event]] = field(default_factory=list)
    scored: int = 0
    notes: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[str]:
        """The alerts that `opened`, `worsened` or `resolved`."""
        return [alert.name for alert, event in self.events if event.kind == kind]


def refresh(
    lake: Lakehouse, clock: Clock, say: Callable[..., Any] = lambda *_: None, *, when_due: bool = False
) -> Refreshed:
    """Score what is new of every alert's series, move its state on, and tell whom it names.

    To be called after a build, under the lock that the build held, with the build's clock. It writes nothing where
    nothing is new. A failure is a note, not an error: a batch has done its work without alerts. `when_due` does nothing
    where this process has looked since a window last settled or became final: for many batches within a window.
    """
    found = Refreshed()
    try:
        with lake.engine_errors_as_ours():
            feed_is_silent = is_silent(lake)
            moment = (*_reached(lake, clock), int(feed_is_silent))
            if when_due and lake.watched_at == moment:
                return found
            lake.watched_at = moment
            if clock.as_of is not None:
                if content.alerts():
                    say("scoring alerts")
                looks = _looks(lake, clock, found, feed_is_silent=feed_is_silent)
                _publish(lake, clock, found, looks)
                lake.firing = sum(each.watch.state.open is not None and each.alert.severity != "info" for each in looks)
                found.notes += send(lake)
    except BackbeatError as error:
        found.notes.append(f"alerts were not scored: {error}")
    return found


def _reached(lake: Lakehouse, clock: Clock) -> Iterator[int]:
    """The windows that data, finality and the clock have reached: while they stand, there is nothing to score."""
    config = lake.config
    by_data = clock.as_of - config.duration("settle") if clock.as_of else None
    reached = (by_data, clock.final_before, config.clock() - config.duration("alert_delay"))
    return (window_number(each) if each else 0 for each in reached)


def _looks(lake: Lakehouse, clock: Clock, found: Refreshed, *, feed_is_silent: bool) -> list[Look]:
    looks = []
    for alert in content.alerts().values():
        try:
            looks.append(look(lake, clock, alert, feed_is_silent=feed_is_silent))
        except BackbeatError as error:
            found.notes.append(f"alert {alert.name} was not scored: {error}")
    return looks


def _publish(lake: Lakehouse, clock: Clock, found: Refreshed, looks: Sequence[Look]) -> None:
    """Scores, then incidents, then what is known: a crash in between, and the next run does the same again."""
    before = [each.watch.corrected for each in looks]
    late = corrections(lake, looks)
    if scores := [*(each.scores for each in looks), *late]:
        write_scores(lake, pa.concat_tables(scores))
    events = [(each.alert, event) for each in looks for event in each.events]
    left_behind = _left_behind(lake, clock)
    write_incidents(lake, [*_incidents(looks), *left_behind])
    for row in left_behind:
        forget(lake, row["alert"])
    queue(lake, events)
    for each, corrected in zip(looks, before, strict=True):
        if each.is_new or each.watch.corrected != corrected:
            save(lake, each.alert, each.watch)
    found.events += events
    found.scored += sum(each.scores.num_rows for each in looks)


def _incidents(looks: Sequence[Look]) -> list[dict[str, Any]]:
    """Each incident that something happened to, and those that are open, as they now are."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for each in looks:
        is_open = each.is_new and each.watch.state.open
        for incident in [*(event.incident for event in each.events), *([is_open] if is_open else [])]:
            rows[each.alert.name, incident.opened_at] = _row(each.alert, incident)
    return [*rows.values()]


def _left_behind(lake: Lakehouse, clock: Clock) -> list[dict[str, Any]]:
    """Incidents that fire for an alert that is no more: nothing else will end them, so they end now."""
    lake.show(INCIDENTS)
    firing = lake.rows("select * from gold.alerts where state = 'firing'")
    gone = [row for row in firing if row["alert"] not in content.alerts()]
    return [{**row, "state": "resolved", "resolved_at": max(row["opened_at"], clock.as_of)} for row in gone]


def _row(alert: Alert, incident: Incident) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "series": alert.series,
        "opened_at": instant(incident.opened_at),
        "resolved_at": None if incident.resolved_at is None else instant(incident.resolved_at),
        "state": "firing" if incident.resolved_at is None else "resolved",
        "peak_value": incident.peak_value,
        "expected": incident.expected,
        "score": incident.score,
        "rule_version": alert.version,
        "severity": alert.severity,
    }
