"""A small lake with every kind of customer, and its projects."""

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import World
from tests.powerbi.dax import Evaluated

from backbeat import content

FIRST, DAYS = date(2025, 5, 20), 75
COUNTRIES = ("SE", "SE", "SE", "Côte d'Ivoire", "Côte d'Ivoire", 'say "hi"', "日本", None)
DEVICES = ("mobile", "mobile", "web", "tv", None)
PLANS = ("premium", "premium", "family", "Free_Tier", "student")


@pytest.fixture(scope="session")
def powerbi_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """48 customers over 75 days, some of whom never came, some not registered, some on no plan."""
    world = World(tmp_path_factory.mktemp("powerbi"), engaged_sessions=30, timezone="Europe/Stockholm")
    write_world(world, random.Random(7))
    world.run(close=True)
    return world


@pytest.fixture(scope="session")
def project(powerbi_world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that refreshes from the folder."""
    folder = tmp_path_factory.mktemp("project")
    powerbi_world.open().export_powerbi(folder)
    return folder


@pytest.fixture(scope="session")
def evaluated(powerbi_world: World, project: Path) -> Evaluated:
    """Its measures over the lake."""
    return Evaluated(powerbi_world.open(), project / "Backbeat.SemanticModel" / "definition")


def write_world(world: World, chance: random.Random, customers: int = 48) -> None:
    """Everything the pages are about, by chance."""
    names = [f"c{n:02}" for n in range(customers)]
    world.write("customers/c.parquet", [_customer(name, chance) for name in names])
    world.write("sessions/s.parquet", [*_sessions(names, chance)])
    world.write("subscriptions/s.parquet", [row for name in names for row in _subscriptions(name, chance)])
    world.write("events/e.parquet", [*_events(names, chance)])
    world.write(
        "tracks/t.parquet",
        [
            {"track_id": t, "track_name": f"Lied {t}", "artist_id": "a1", "duration_ms": 200000, "genre": "pop"}
            for t in ("tA", "ta", "t3")
        ],
    )
    world.write("artists/a.parquet", [{"artist_id": "a1", "artist_name": "Björk"}])


def _customer(name: str, chance: random.Random) -> dict[str, Any]:
    signed_up = FIRST + timedelta(days=chance.randrange(-200, DAYS + 20))
    return {
        "customer_id": name,
        "country": chance.choice(COUNTRIES),
        "signup_date": None if chance.random() < 0.1 else signed_up.isoformat(),
    }


def _sessions(names: list[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    for name in [*names, "unknown-1"]:
        pace, devices = chance.choice((0, 0.1, 0.5, 0.9)), chance.choices(DEVICES, k=2)
        for day in range(DAYS):
            for nth in range(2):
                if chance.random() < pace:
                    yield {
                        "session_id": f"{name}-{day}-{nth}",
                        "customer_id": name,
                        "started_at": _at(day, chance),
                        "device": chance.choice(devices),
                    }


def _at(day: int, chance: random.Random) -> str:
    return (
        datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day, minutes=chance.randrange(1440))
    ).isoformat() + "Z"


def _subscriptions(name: str, chance: random.Random) -> Iterator[dict[str, Any]]:
    start = FIRST + timedelta(days=chance.randrange(-100, 20))
    for _ in range(chance.randrange(4)):
        end = start + timedelta(days=chance.randrange(5, 60))
        is_open = chance.random() < 0.3
        plan, status = chance.choice(PLANS), chance.choice((None, "active", "trialing", "cancelled"))
        yield {
            "customer_id": name,
            "effective_start_date": start.isoformat(),
            "effective_end_date": None if is_open else end.isoformat(),
            "subscription_type": plan,
            "status": status,
        }
        start = end + timedelta(days=chance.choice((0, 1, 9)))


def _events(names: list[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(1500):
        kind = chance.choice(("play", "play", "skip", "like"))
        yield {
            "event_id": f"e{n}",
            "customer_id": chance.choice(names),
            "event_type": kind,
            "track_id": chance.choice(("tA", "ta", "t3", "lost")),
            "occurred_at": _at(chance.randrange(DAYS), chance),
            "ms_played": chance.choice((10_000, 100_000, 200_000)),
        }


@pytest.fixture
def evaluate(powerbi_world: World) -> Callable[..., object]:
    """Numerator and denominator of a metric in a project, under slicers."""

    def value(folder: Path, title: str, chosen: dict[tuple[str, str], list[Any]]) -> tuple[int, int]:
        measured = Evaluated(powerbi_world.open(), folder / "Backbeat.SemanticModel" / "definition")
        names = [f"{title} numerator", f"{title} denominator"]
        found = measured.values(names, chosen)
        return int(found[names[0]]), int(found[names[1]])

    return value


@pytest.fixture
def lakehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the content that a test may change."""
    copy = tmp_path / "content"
    shutil.copytree(Path(content.__file__).parent / "lakehouse", copy)
    monkeypatch.setattr(content, "_root", lambda: copy)
    clear()
    yield copy
    clear()


def clear() -> None:
    for name in ("sources", "tables", "metrics", "relations", "slices", "pages", "columns"):
        getattr(content, name).cache_clear()
