"""What is true of a world, from its own arrays: nothing here reads the files or uses the pipeline's code."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from backbeat.simulate.listening import Listening
from backbeat.simulate.span import Span
from backbeat.simulate.tally import Tally
from backbeat.simulate.targets import THRESHOLD, targets_for
from backbeat.simulate.write import SOURCES

FAULT_GROUPS = (
    "quarantine",
    "faulty_rows",
    "duplicates",
    "accepted_rows",
    "unreadable_values",
    "accepted_files",
    "rejected_files",
    "hidden_files",
)


def truth_of(world: Listening, tally: Tally, dirty: float) -> dict[str, Any]:
    """Truth as truth.json tells it: KPIs and their window, incidents, days, rows by source, faults by kind."""
    span = world.span
    return {
        "seed": world.seed,
        "customers": len(world.customers),
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "timezone": "UTC",
        "dirty": dirty,
        "events_kept": 1.0,
        "window": {"from": span.date(span.window_from).isoformat(), "to": span.end.isoformat()},
        "calibrated": targets_for(len(world.customers), span).engaged is not None,
        "kpis": _kpis(world),
        "spikes": _incidents(world, "spike"),
        "outages": _incidents(world, "outage"),
        "sources": {source: _group(tally, source, "totals") for source in SOURCES},
        "faults": {source: _faults(tally, source) for source in SOURCES} if dirty else {},
        "days": _days(world, span),
    }


def _kpis(world: Listening) -> dict[str, dict[str, float | int | None]]:
    sessions = world.activity.in_window(world.span)
    active = sessions > 0
    engaged = sessions >= THRESHOLD
    paid = active & world.subscriptions.paying(world.span)
    return {
        "session_adoption_rate": _share(active, len(active), None),
        "engaged_rate": _share(engaged, int(active.sum()), THRESHOLD),
        "paid_share": _share(paid, int(active.sum()), None),
    }


def _share(counted: np.ndarray, denominator: int, threshold: int | None) -> dict[str, float | int | None]:
    numerator = int(counted.sum())
    percent = (Decimal(100 * numerator) / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"numerator": numerator, "denominator": denominator, "value": float(percent), "threshold": threshold}


def _incidents(world: Listening, kind: str) -> list[dict[str, str | float]]:
    found = [incident.told(world.span) for incident in world.incidents if incident.kind == kind]
    return sorted(found, key=lambda incident: str(incident["start"]))


def _days(world: Listening, span: Span) -> dict[str, dict[str, int]]:
    """Sessions and active customers of each day; sessions of unknown customers are not among them."""
    sessions = world.activity.sessions
    totals, listeners = sessions.sum(axis=0).tolist(), (sessions > 0).sum(axis=0).tolist()
    return {
        span.date(day).isoformat(): {"sessions": totals[day], "customers": listeners[day]} for day in range(span.days)
    }


def _faults(tally: Tally, source: str) -> dict[str, dict[str, int]]:
    return {group: _group(tally, source, group) for group in FAULT_GROUPS}


def _group(tally: Tally, source: str, group: str) -> dict[str, int]:
    return {name: tally[key] for key in sorted(tally) if key[:2] == (source, group) for name in key[2:]}
