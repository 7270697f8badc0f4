"""Who is told of an incident: Apprise carries it to the URLs of BACKBEAT_NOTIFY_NAME, at least once, and visibly."""

import logging
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from backbeat.alert.incidents import Event
from backbeat.alert.series import instant
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Alert

NOTIFICATIONS = "ops.notifications"
VARIABLE = "BACKBEAT_NOTIFY_"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)


def urls(target: str) -> list[str]:
    """Where a target is reached; the environment alone says, since such URLs hold passwords."""
    return os.environ.get(f"{VARIABLE}{target.upper()}", "").replace(",", " ").split()


def queue(lake: Lakehouse, events: Sequence[tuple[Alert, Event]]) -> None:
    """Write down who is to be told of what, before anybody is: a crash then leaves it to the next run.

    Told is what is recent by the clock, of alerts that are not mute, to targets that have a URL; that an incident is
    worse or over only to who heard that it began.
    """
    known = _known(lake) if events else []
    new = []
    for row in _due_rows(lake, events):
        opening = {**row, "event": "opened"}
        is_heard = row["event"] == "opened" or _is_in(opening, known, ("alert", "opened_at", "event", "target"))
        if is_heard and not _is_in(row, known, ("alert", "opened_at", "event", "happened_at", "target")):
            known.append(row)
            new.append(row)
    if new:
        lake.replace(NOTIFICATIONS, new, None)


def send(lake: Lakehouse) -> Iterator[str]:
    """Try what waits and is due; yields what could not be sent. It is tried again at longer and longer intervals."""
    now = lake.config.clock()
    known = _known(lake) if _is_anybody_to_tell() else []
    tried = {
        n: _tried(lake, row, now) for n, row in enumerate(known) if row["state"] == "pending" and _is_due(row, now)
    }
    if not tried:
        return
    lake.replace(NOTIFICATIONS, [tried.get(n, row) for n, row in enumerate(known)], "true")
    for row in tried.values():
        if row["state"] != "sent":
            again = "it is tried again" if row["state"] == "pending" else "it is given up"
            yield f"{row['target']} was not told that {row['alert']} {row['event']}: {row['reason']}; {again}"


def waiting(lake: Lakehouse) -> list[dict[str, Any]]:
    """What could not be sent: waiting for another try, or given up."""
    return [row for row in _known(lake) if row["state"] != "sent"]


def _due_rows(lake: Lakehouse, events: Sequence[tuple[Alert, Event]]) -> Iterator[dict[str, Any]]:
    oldest = lake.config.clock() - lake.config.duration("alert_recent")
    for alert, event in events:
        if instant(event.at) >= oldest and not alert.mute and not event.incident.is_quiet:
            yield from (_row(alert, event, target) for target in alert.notify if urls(target))


def _row(alert: Alert, event: Event, target: str) -> dict[str, Any]:
    return {
        "alert": alert.name,
        "opened_at": instant(event.incident.opened_at),
        "event": event.kind,
        "happened_at": instant(event.at),
        "target": target,
        "message": message(alert, event),
        "severity": alert.severity,
        "state": "pending",
        "attempts": 0,
        "tried_at": None,
        "reason": None,
    }


def message(alert: Alert, event: Event) -> str:
    """What people read: the title, since when, how far out."""
    incident = event.incident
    begun = f"{alert.title}: {event.kind}, since {instant(incident.opened_at):%Y-%m-%d %H:%M} UTC"
    until = "" if incident.resolved_at is None else f" until {instant(incident.resolved_at):%H:%M}"
    usual = "" if incident.expected is None else f" where {incident.expected:,.6g} was expected"
    peak = "no data" if incident.peak_value is None else f"{incident.peak_value:,.6g}{usual}"
    return f"{begun}{until}. At its worst {peak} ({alert.series}, alert {alert.name})."


def _tried(lake: Lakehouse, row: dict[str, Any], now: datetime) -> dict[str, Any]:
    reason = _failure(row)
    is_old = now - row["happened_at"] > lake.config.duration("alert_recent")
    state = "sent" if reason is None else "failed" if is_old else "pending"
    return {**row, "state": state, "attempts": row["attempts"] + 1, "tried_at": now, "reason": reason}


def _failure(row: dict[str, Any]) -> str | None:
    """Send; why it could not be, or None. Whatever goes wrong out there is no reason to stop."""
    try:
        import apprise
    except ImportError:
        return "Apprise is not installed: type `pip install 'backbeat[notify]'`"
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    try:
        carrier = apprise.Apprise()
        if not all(carrier.add(url) for url in urls(row["target"])):
            return f"{VARIABLE}{row['target'].upper()} holds a URL that Apprise does not know"
        kind = "success" if row["event"] == "resolved" else "failure" if row["severity"] == "critical" else "warning"
        is_sent = carrier.notify(
            title=f"[{row['severity']}] {row['alert']} {row['event']}", body=row["message"], notify_type=kind
        )
    except Exception as error:
        return type(error).__name__
    return None if is_sent else "the service did not take it, or can't be reached"


def _is_due(row: dict[str, Any], now: datetime) -> bool:
    if row["tried_at"] is None:
        return True
    pause = min(FIRST_PAUSE * 2 ** min(row["attempts"] - 1, 10), LONGEST_PAUSE)
    return bool(now - row["tried_at"] >= pause)


def _is_anybody_to_tell() -> bool:
    return any(name.startswith(VARIABLE) for name in os.environ)


def _known(lake: Lakehouse) -> list[dict[str, Any]]:
    lake.show(NOTIFICATIONS)
    return lake.rows(f"select * from {NOTIFICATIONS} order by happened_at, alert, event, target")


def _is_in(row: dict[str, Any], rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bool:
    return any(all(row[column] == other[column] for column in columns) for other in rows)
