"""What happens in sessions: plays and skips one after the other, and what people do between them."""

from dataclasses import dataclass, replace

import numpy as np

from backbeat.simulate.catalogue import SLOTS, Catalogue

PER_SESSION = 3.0
MOST_PER_SESSION = 20
"""Twenty of the longest tracks end before the clock of a day does."""
TYPES = ("play", "skip", "like", "playlist_add", "search", "download", "share")
TYPE_SHARES = (0.62, 0.14, 0.07, 0.05, 0.07, 0.03, 0.02)
PLAY, SKIP, LIKE, PLAYLIST_ADD, SEARCH, DOWNLOAD, SHARE = range(7)
TYPE_SLOTS = 1_000
FREE_DOWNLOADS = 0.05
"""Of the downloads that customers without a paid plan try, those that go through (a lapsed plan, an offer)."""
PLAYED_THROUGH = 0.82
NO_TRACK = -1
_TYPE_LOTTERY = np.searchsorted(
    np.cumsum(TYPE_SHARES)[:-1], (np.arange(TYPE_SLOTS) + 0.5) / TYPE_SLOTS, side="right"
).astype(np.uint8)


@dataclass(frozen=True)
class Happenings:
    """The events of a day [m], session by session; `ends` [n] is the second at which each session is over.

    `session` and `place` say which session of the day, and which event of it; `at` in seconds from midnight;
    `track` is NO_TRACK for searches; `ms` is milliseconds played, 0 except for plays and skips.
    """

    session: np.ndarray
    place: np.ndarray
    type: np.ndarray
    at: np.ndarray
    track: np.ndarray
    ms: np.ndarray
    ends: np.ndarray

    def only(self, kept: np.ndarray) -> "Happenings":
        """Those events alone; the sessions keep their ends."""
        if kept.all():
            return self
        columns = {name: getattr(self, name)[kept] for name in ("session", "place", "type", "at", "track", "ms")}
        return replace(self, **columns)


def draw_happenings(start: np.ndarray, pays: np.ndarray, catalogue: Catalogue, rng: np.random.Generator) -> Happenings:
    """The events of sessions that start at those seconds [n], by customers who pay or do not [n]."""
    numbers = np.minimum(rng.geometric(1 / PER_SESSION, len(start)), MOST_PER_SESSION)
    session = np.repeat(np.arange(len(start), dtype=np.int32), numbers)
    first = (np.cumsum(numbers) - numbers).astype(np.int32)
    kind = _types(pays[session], rng)
    track = _tracks(kind, first[session], catalogue, rng)
    ms = _played(kind, catalogue.duration_ms[track], rng)
    at, ends = _moments(start, session, first, numbers, ms, rng)
    place = np.arange(len(session), dtype=np.int32) - first[session]
    return Happenings(session, place, kind, at, np.where(kind == SEARCH, NO_TRACK, track), ms, ends)


def _types(pays: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kind = _TYPE_LOTTERY[rng.integers(0, TYPE_SLOTS, len(pays), dtype=np.uint16)]
    refused = (kind == DOWNLOAD) & ~pays & (rng.random(len(pays), dtype=np.float32) >= FREE_DOWNLOADS)
    return np.where(refused, np.uint8(PLAY), kind)


def _tracks(kind: np.ndarray, first: np.ndarray, catalogue: Catalogue, rng: np.random.Generator) -> np.ndarray:
    """What is heard is drawn by popularity; likes, downloads and the rest are about what was heard last."""
    track = catalogue.lottery[rng.integers(0, SLOTS, len(kind), dtype=np.uint16)]
    here = np.arange(len(kind), dtype=np.int32)
    last_heard = np.maximum.accumulate(np.where(kind <= SKIP, here, -1))
    return track[np.where(last_heard >= first, last_heard, here)]


def _played(kind: np.ndarray, duration_ms: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Most plays run to the end; skips come within half a minute."""
    share = rng.random(len(kind), dtype=np.float32)
    part = np.minimum(np.float32(0.2) + share / np.float32(1 - PLAYED_THROUGH) * np.float32(0.8), 1)
    played = np.where(part < 1, (duration_ms * part).astype(np.int32), duration_ms)
    skipped = (1_000 + share * 28_000).astype(np.int32)
    return np.where(kind == PLAY, played, np.where(kind == SKIP, skipped, 0))


def _moments(
    start: np.ndarray,
    session: np.ndarray,
    first: np.ndarray,
    numbers: np.ndarray,
    ms: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """When each event happens [m], and when each session ends [n]: one event after the other, with pauses between."""
    lasts = ms // 1000 + rng.integers(1, 25, len(ms), dtype=np.int32)
    reached = np.cumsum(lasts, dtype=np.int64)
    before = (reached - lasts)[first]
    at = start[session] + (reached - lasts) - before[session]
    return at, start + reached[first + numbers - 1] - before
