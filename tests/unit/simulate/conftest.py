"""Small worlds, each simulated once."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.unit.simulate.worlds import World

from backbeat.simulate import simulate


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("clean")
    return World(root, simulate(root, customers=600))


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("dirty")
    return World(root, simulate(root, customers=97, start=date(2025, 6, 15), dirty=0.003))


@pytest.fixture(scope="session")
def readable(dirty: World) -> dict[str, list[Path]]:
    """The dirty world's files by source, those that can't be read and those without a required column left out."""
    needed = {
        "customers": {"customer_id"},
        "subscriptions": {"customer_id", "effective_start_date"},
        "tracks": {"track_id"},
        "artists": {"artist_id"},
        "sessions": {"session_id"},
        "events": {"event_id"},
    }
    return {source: [path for path in dirty.files(source) if needed[source] <= _columns(path)] for source in needed}


def _columns(path: Path) -> set[str]:
    try:
        names = set(pq.read_schema(path).names)
    except Exception:
        return set()
    return names if "events" not in path.parts or names & {"event_timestamp", "ts"} else set()
