"""A bucket on a bad day: what fails is tried again or reported, and nothing is lost or doubled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import World, later
from tests.e2e.conftest import backbeat
from tests.e2e.faulty_s3 import FAULTS, MORE_FAULTS, Weather, faulty

import backbeat as api

pytestmark = pytest.mark.faults
ATTEMPTS = 8
TABLES = ("silver.customers", "silver.sessions", "ops.quarantine", "gold.customer_day", "gold.activity_5m", "gold.kpis")
UNLIKE = "exclude (_file_modified_at, _ingested_at, _batch_id)"
COLUMNS = {
    "silver.customers": f"* {UNLIKE}",
    "silver.sessions": f"* {UNLIKE}",
    "ops.quarantine": "* exclude (quarantined_at, file_modified_at, batch_id)",
    "gold.activity_5m": "* exclude (late_sessions)",
}


@pytest.fixture(scope="module")
def local(new_world: Callable[..., World]) -> World:
    world = new_world()
    world.customers("a", "b")
    world.sessions(("s1", "a", "2025-07-01"), ("bad", "a", "never"), path="sessions/1.parquet")
    world.sessions(("s1", "a", "2025-07-03"), ("s2", "b", "2025-07-02"), path="sessions/2.parquet", at=later(1))
    world.run()
    return world


@dataclass
class Bucket:
    """A bucket behind a proxy, with the weather there, and the server behind both."""

    url: str
    weather: Weather
    server: str

    def run_until_done(self) -> None:
        """Run as an operator would: again after a failure, which is reported in a line and not as a bug."""
        for _ in range(ATTEMPTS):
            answer = backbeat(
                "run", "--raw", f"{self.url}/raw", "--lake", f"{self.url}/lake", "--quiet", "--wait", "0s"
            )
            if answer.code == 0:
                return
            assert answer.code in (3, 5, 6), answer.err
            assert len(answer.err.splitlines()) <= 2, answer.err
        raise AssertionError(f"{ATTEMPTS} runs in a row failed: {answer.err}")

    def differing(self, local: World) -> list[str]:
        """The tables that differ from those on disk.

        They are read from the server itself: delta-rs holds the interpreter, and with it the proxy, while it waits.
        """
        read = {table: f"select {COLUMNS.get(table, '*')} from {table} order by all" for table in TABLES}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", self.server)
            lake = api.open(raw=f"{self.url}/raw", lake=f"{self.url}/lake")
            lake.show_published()
            ours = {table: lake.house.engine.native(sql).to_pylist() for table, sql in read.items()}
        return [table for table in TABLES if ours[table] != local.read(table, COLUMNS.get(table, "*"))]


@pytest.fixture
def place(bucket: Any, local: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket of its own for each test."""
    name = f"storm-{uuid4().hex[:8]}"
    bucket.create_bucket(Bucket=name)
    for path in sorted(local.raw.rglob("*.parquet")):
        bucket.upload_file(str(path), name, f"raw/{path.relative_to(local.raw).as_posix()}")
    weather = Weather()
    server = bucket.meta.endpoint_url
    with faulty(int(server.rpartition(":")[2]), weather) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        yield Bucket(f"s3://{name}", weather, server)


@pytest.mark.parametrize("kind", [*FAULTS, *(pytest.param(kind, marks=pytest.mark.long) for kind in MORE_FAULTS)])
def test_a_bucket_with_faults_gives_the_tables_of_a_disk(place: Bucket, local: World, kind: str) -> None:
    weather = place.weather
    weather.kinds, weather.rate, weather.random = (kind,), 0.05, Random(kind)
    place.run_until_done()
    assert weather.struck[kind] > 3
    weather.kinds = ()
    assert place.differing(local) == []


def test_a_listing_that_misses_the_newest_key_loses_nothing(place: Bucket, local: World) -> None:
    place.weather.missing = {"raw/sessions/2.parquet"}
    place.run_until_done()
    assert "silver.sessions" in place.differing(local)
    place.weather.missing = set()
    place.run_until_done()
    assert place.differing(local) == []
