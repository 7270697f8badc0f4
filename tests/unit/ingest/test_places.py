"""Lake and raw folder apart from each other, and something in the raw folder to begin with."""

from pathlib import Path

import pytest
from tests.conftest import World

from backbeat.errors import InputError, UsageError
from backbeat.ingest.places import demand_apart
from backbeat.lake.storage import Store

IN_THE_WAY = [
    ("raw", "raw"),
    ("raw", "raw/../raw/"),
    ("raw", "raw/sessions"),
    ("raw", "raw/events/lake"),
    ("raw", "raw/tracks.parquet"),
    ("lake/silver", "lake"),
    ("lake/ops/raw", "lake"),
    ("s3://bucket/a", "s3://bucket/a/"),
    ("s3://bucket/a", "s3://bucket/a/customers/lake"),
]
APART = [
    (".", "lake"),
    ("raw", "raw/lake"),
    ("raw", "."),
    ("raw", "raw2"),
    ("a/sessions", "a/sessions2"),
    ("s3://bucket/raw", "s3://bucket/raw-lake"),
    ("s3://bucket/raw", "raw"),
]


@pytest.mark.parametrize(("raw", "lake"), IN_THE_WAY)
def test_places_that_would_mix_raw_files_and_tables_are_refused(raw: str, lake: str) -> None:
    with pytest.raises(UsageError, match=r"--lake|--raw"):
        demand_apart(Store(raw), Store(lake))


@pytest.mark.parametrize(("raw", "lake"), APART)
def test_other_places_are_fine(raw: str, lake: str) -> None:
    demand_apart(Store(raw), Store(lake))


def test_a_run_into_its_raw_folder_writes_nothing(world: World) -> None:
    world.customers("c")
    with pytest.raises(UsageError, match="is the raw folder, too"):
        world.run(lake=str(world.raw))
    assert [path.name for path in world.raw.iterdir()] == ["customers"]


def test_a_first_run_that_finds_no_raw_file_makes_no_lake(world: World) -> None:
    with pytest.raises(InputError, match="the folder is empty"):
        world.run()
    world.sessions(("s", "c", "2025-07-01"), path="session/s.parquet")
    with pytest.raises(InputError, match=r"there is only session \(did you mean sessions\?\)"):
        world.run()
    assert not world.lake.exists()


def test_a_later_run_may_find_its_raw_folder_empty(world: World) -> None:
    path = world.customers("c")
    world.run()
    path.unlink()
    assert world.run().taken.batches == ()


def test_what_is_no_raw_folder_is_named_for_what_it_is(world: World, tmp_path: Path) -> None:
    world.customers("c")
    world.run()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="this is a lake"):
        world.run(raw=str(world.lake), lake=str(tmp_path / "other"))
    with pytest.raises(InputError, match="this is a file"):
        world.run(raw=str(tmp_path / "file"))
    with pytest.raises(UsageError, match="this is a file"):
        world.run(lake=str(tmp_path / "file"))
