"""The music: tracks and artists, a few of them loved by everybody."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from backbeat.simulate.span import chance
from backbeat.simulate.text import numbered, texts

TRACKS, ARTISTS = 5_000, 800
SLOTS = 65_536
"""Places in the lottery of plays: one 16-bit random number draws a track."""
GENRES = ("pop", "rock", "hip-hop", "electronic", "indie", "r&b", "jazz", "classical", "metal", "folk")
GENRE_SHARES = (0.26, 0.17, 0.17, 0.12, 0.09, 0.07, 0.03, 0.03, 0.03, 0.03)
FIRST_WORDS = (
    *("Midnight", "Golden", "Paper", "Velvet", "Electric", "Silent", "Distant", "Crimson", "Hollow", "Neon"),
    *("Broken", "Summer", "Winter", "Silver", "Wild", "Northern", "Secret", "Burning", "Gentle", "Lonely"),
    *("Crystal", "Rolling", "Hidden", "Faded", "Lucky", "Restless", "Sacred", "Tender", "Violet", "Western"),
)
SECOND_WORDS = (
    *("Rivers", "Hearts", "Lights", "Dreams", "Echoes", "Streets", "Skies", "Shadows", "Letters", "Machines"),
    *("Mirrors", "Islands", "Wolves", "Roses", "Engines", "Harbours", "Signals", "Gardens", "Thunder", "Horizons"),
    *("Satellites", "Lanterns", "Foxes", "Avenues", "Oceans", "Pilots", "Tigers", "Chapels", "Sailors", "Windows"),
)


@dataclass(frozen=True)
class Catalogue:
    """`duration_ms`, `artist` and `genre` by track; `lottery` [SLOTS] holds each track as often as it is loved."""

    duration_ms: np.ndarray
    artist: np.ndarray
    genre: np.ndarray
    title: np.ndarray
    artist_title: np.ndarray
    lottery: np.ndarray

    def track_ids(self) -> pa.Array:
        """The id of every track [TRACKS]."""
        return texts(numbered("t", np.arange(TRACKS), 5))

    def tracks(self) -> pa.Table:
        """The raw tracks, one row each."""
        return pa.table(
            {
                "track_id": self.track_ids(),
                "track_name": _names("{} {}", self.title),
                "artist_id": texts(numbered("a", self.artist, 4)),
                "duration_ms": pa.array(self.duration_ms.astype(np.int64)),
                "genre": pa.array(GENRES).take(pa.array(self.genre)),
            }
        )

    def artists(self) -> pa.Table:
        """The raw artists, one row each."""
        ids = texts(numbered("a", np.arange(ARTISTS), 4))
        return pa.table({"artist_id": ids, "artist_name": _names("The {} {}", self.artist_title)})


def draw_catalogue(seed: int) -> Catalogue:
    """Tracks of about three and a half minutes; plays fall on them by a power law of their rank."""
    rng = chance(seed, "catalogue")
    pairs = len(FIRST_WORDS) * len(SECOND_WORDS)
    length = 210_000 * np.exp(0.25 * rng.standard_normal(TRACKS))
    return Catalogue(
        duration_ms=np.clip(length, 75_000, 480_000).astype(np.int32),
        artist=_by_rank(ARTISTS, 0.8, rng)[rng.integers(0, SLOTS, TRACKS)],
        genre=np.searchsorted(np.cumsum(GENRE_SHARES)[:-1], rng.random(TRACKS), side="right"),
        title=rng.integers(0, pairs, TRACKS),
        artist_title=rng.permutation(pairs)[:ARTISTS],
        lottery=_by_rank(TRACKS, 0.9, rng),
    )


def _by_rank(number: int, power: float, rng: np.random.Generator) -> np.ndarray:
    """A lottery [SLOTS] of things whose shares fall with their rank; ranks are dealt at random."""
    reached = np.cumsum((np.arange(number) + 3.0) ** -power)
    ranks = np.searchsorted(reached, (np.arange(SLOTS) + 0.5) / SLOTS * reached[-1])
    lottery: np.ndarray = rng.permutation(number).astype(np.int32)[ranks]
    return lottery


def _names(pattern: str, pairs: np.ndarray) -> list[str]:
    return [
        pattern.format(FIRST_WORDS[pair // len(SECOND_WORDS)], SECOND_WORDS[pair % len(SECOND_WORDS)]) for pair in pairs
    ]
