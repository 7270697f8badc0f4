"""ok → firing after `for` breaches running → resolved after `resolve_after` calm windows: one incident, however long."""

from dataclasses import dataclass, replace
from typing import Literal

from backbeat.specs import Alert

Kind = Literal["opened", "worsened", "resolved"]


@dataclass(frozen=True)
class Window:
    """A judged window as an alert's state moves by it; times in microseconds of UTC."""

    start: int
    end: int
    value: float | None
    expected: float | None
    score: float
    is_breach: bool

    @property
    def distance(self) -> float:
        """How far out it lies; without an expectation as far as its score says."""
        if self.value is None or self.expected is None:
            return self.score
        return abs(self.value - self.expected)


@dataclass(frozen=True)
class Incident:
    """What is known of a trouble: it began with the window `opened_at`, its worst was `peak_value`."""

    opened_at: int
    peak_value: float | None
    expected: float | None
    score: float
    distance: float
    told: float
    resolved_at: int | None = None
    is_quiet: bool = False


@dataclass(frozen=True)
class Event:
    """Something that may be told: an incident opened, became worse, or is over, with a window that ended at `at`."""

    kind: Kind
    incident: Incident
    at: int


@dataclass
class State:
    """Where an alert stands after the windows until `through`: breaches and calm windows in a row, the open incident."""

    through: int | None = None
    breaches: int = 0
    began_at: int = 0
    calm: int = 0
    open: Incident | None = None
    told_at: int | None = None

    @property
    def is_at_rest(self) -> bool:
        """Whether only a breach can move it."""
        return self.open is None and self.breaches == 0


def move(state: State, alert: Alert, window: Window, cooldown: int) -> Event | None:
    """Move on by one window; what happened, if anything did. A window without a value leaves all as it is."""
    if window.value is None and not window.is_breach and alert.rule != "absence":
        return None
    state.began_at = state.began_at if state.breaches and window.is_breach else window.start
    state.breaches = state.breaches + 1 if window.is_breach else 0
    state.calm = 0 if window.is_breach else state.calm + 1
    if state.open is None:
        return _opened(state, window, cooldown) if state.breaches >= alert.for_ else None
    if window.is_breach:
        return _worse(state, alert, window)
    return _resolved(state, window) if state.calm >= alert.resolve_after else None


def _opened(state: State, window: Window, cooldown: int) -> Event:
    """Within the cooldown of the last incident nobody is told."""
    is_quiet = state.told_at is not None and window.end - state.told_at < cooldown
    state.open = Incident(
        state.began_at,
        window.value,
        window.expected,
        window.score,
        window.distance,
        window.distance,
        is_quiet=is_quiet,
    )
    return Event("opened", state.open, window.end)


def _worse(state: State, alert: Alert, window: Window) -> Event | None:
    """Keep the worst; it is told when it lies so many times as far out as was told before."""
    assert state.open
    incident = replace(state.open, score=max(state.open.score, window.score))
    if window.distance > incident.distance:
        incident = replace(incident, peak_value=window.value, expected=window.expected, distance=window.distance)
    is_told = window.distance >= alert.worse_by * incident.told and alert.rule != "absence"
    state.open = replace(incident, told=window.distance) if is_told else incident
    return Event("worsened", state.open, window.end) if is_told else None


def _resolved(state: State, window: Window) -> Event:
    assert state.open
    over = replace(state.open, resolved_at=window.end)
    state.open = None
    state.told_at = state.told_at if over.is_quiet else window.end
    return Event("resolved", over, window.end)
