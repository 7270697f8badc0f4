"""`run --follow` on Spark: a stream tells of new files, and the same steps take them."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import World
from tests.spark.small import SPARK

from backbeat.engines.spark import Spark
from backbeat.follow import Beat, loop, watch

pytestmark = pytest.mark.parity
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
PATIENCE = 900


class Following:
    """A follower on Spark in a thread, and what it has told."""

    def __init__(self, world: World, **flags: str) -> None:
        self.beats: list[Beat] = []
        self._stop = threading.Event()
        lake = world.open(engine="spark", spark=SPARK, now=NOW, **flags)
        self._engine = lake.house.engine
        self._thread = threading.Thread(
            target=lambda: lake.follow(stop=self._stop, poll=0.2, tell=self.beats.append), daemon=True
        )
        self._thread.start()

    def wait_for(self, told: Callable[[Beat], bool]) -> Beat:
        """The first beat of which something is true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._thread.is_alive():
            for beat in [*self.beats]:
                if told(beat):
                    return beat
            time.sleep(0.2)
        raise AssertionError(self.beats)

    def kept(self) -> int:
        """How many folders of kept rows there are."""
        assert isinstance(self._engine, Spark)
        return len([*Path(self._engine._scratch_folder()).iterdir()])

    def stop(self) -> None:
        """A clean end."""
        self._stop.set()
        self._thread.join(PATIENCE)


def windows(world: World) -> dict[datetime, int]:
    """As a new process sees them."""
    world.open()
    return {row["window_start"]: row["sessions"] for row in world.read("gold.activity_5m") if row["sessions"]}


def test_files_are_taken_as_they_come_and_replaced_ones_by_listing(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(watch, "LISTED_SECONDS", 5)
    hour = timedelta(hours=1)
    world.customers("a", "b")
    world.sessions(("1", "a", "2025-07-01T10:00:00Z"), path="sessions/1.parquet", at=NOW - hour)
    feed = Following(world)
    feed.wait_for(lambda beat: beat.what == "start")
    assert windows(world) == {NOW - 2 * hour: 1}
    world.sessions(("2", "b", "2025-07-01T11:00:00Z"), path="sessions/2.parquet", at=NOW)
    feed.wait_for(lambda beat: beat.as_of == NOW - hour)
    assert windows(world) == {NOW - 2 * hour: 1, NOW - hour: 1}
    world.sessions(
        ("2", "b", "2025-07-01T11:00:00Z"),
        ("3", "b", "2025-07-01T11:01:00Z"),
        path="sessions/2.parquet",
        at=NOW + hour / 60,
    )
    feed.wait_for(lambda beat: beat.as_of == NOW - hour + timedelta(minutes=1))
    feed.stop()
    assert [beat.message for beat in feed.beats if beat.what == "trouble"] == []
    assert feed.beats[-1].what == "stop"
    assert windows(world) == {NOW - 2 * hour: 1, NOW - hour: 2}
    assert (tmp_path / "lake" / "_checkpoints" / "raw").is_dir()
    assert world.run(now=NOW).taken.batches == ()


def test_it_goes_on_without_a_catalog_and_what_is_kept_does_not_grow(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PERIOD_SECONDS", PATIENCE)
    monkeypatch.setattr(watch, "LISTED_SECONDS", 5)
    world.customers("a", "b")
    world.sessions(("0", "a", "2025-07-01T10:00:00Z"), path="sessions/0.parquet", at=NOW - timedelta(hours=1))
    feed = Following(world, catalog="nowhere")
    said = feed.wait_for(lambda beat: beat.what == "start").message
    assert said is not None
    assert said.startswith("the lake is up to date, but nowhere does not take the names of its tables: ")
    kept = []
    for minute in range(1, 5):
        at = NOW - timedelta(minutes=50 - minute)
        world.sessions((f"{minute}", "b", at.isoformat()), path=f"sessions/{minute}.parquet", at=at)
        feed.wait_for(lambda beat, at=at: beat.what == "batch" and beat.as_of == at)
        kept.append(feed.kept())
    feed.stop()
    assert [beat.message for beat in feed.beats if beat.what == "trouble"] == []
    assert kept[1] == kept[2] == kept[3]
