"""The stream that tells of new files: each is held until it is settled, and comes again where it was not."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.spark.small import SPARK

from backbeat.config import Config
from backbeat.engines import open_engine
from backbeat.engines.engine import Arrivals
from backbeat.errors import StorageError

PATIENCE = 60
Begin = Callable[[], Arrivals]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Begins the stream of `raw` with a checkpoint of its own, as a new process would."""
    engine, begun = open_engine(Config(engine="spark", spark=SPARK)), []
    (tmp_path / "raw").mkdir()

    def stream() -> Arrivals:
        found = engine.arrivals(str(tmp_path / "raw"), str(tmp_path / "checkpoint"), 0.1)
        assert found is not None
        begun.append(found)
        return found

    yield stream
    for each in begun:
        each.close()


def put(root: Path, path: str, content: bytes = b"x") -> None:
    """Put a file in place at once."""
    target = root / "raw" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.with_name(f".{target.name}")
    hidden.write_bytes(content)
    hidden.rename(target)


def after(stream: Arrivals, wanted: set[str]) -> set[str]:
    """What has arrived, once that is what is wanted, or patience is at its end."""
    deadline, found = time.monotonic() + PATIENCE, set(stream.arrived())
    while found != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
        found = set(stream.arrived())
    return found


def test_files_arrive_once_and_wait_until_they_are_settled(begin: Begin, tmp_path: Path) -> None:
    put(tmp_path, "sessions/2025/a b.parquet")
    put(tmp_path, "customers.parquet")
    stream = begin()
    first = {"sessions/2025/a b.parquet", "customers.parquet"}
    assert after(stream, first) == first
    put(tmp_path, "sessions/ü %20.parquet")
    time.sleep(1)
    assert set(stream.arrived()) == first, "held back until these are settled"
    stream.settle()
    assert after(stream, {"sessions/ü %20.parquet"}) == {"sessions/ü %20.parquet"}
    stream.settle()
    assert after(stream, set()) == set()


def test_what_was_not_settled_comes_again(begin: Begin, tmp_path: Path) -> None:
    put(tmp_path, "sessions/1.parquet")
    first = begin()
    assert after(first, {"sessions/1.parquet"}) == {"sessions/1.parquet"}
    first.settle()
    assert after(first, set()) == set()
    put(tmp_path, "sessions/2.parquet")
    assert after(first, {"sessions/2.parquet"}) == {"sessions/2.parquet"}
    first.close()
    assert after(begin(), {"sessions/2.parquet"}) == {"sessions/2.parquet"}


def test_a_stream_that_ended_says_why_and_begins_again(begin: Begin, tmp_path: Path) -> None:
    put(tmp_path, "sessions/1.parquet")
    stream = begin()
    assert after(stream, {"sessions/1.parquet"}) == {"sessions/1.parquet"}
    stream.settle()
    assert after(stream, set()) == set()
    stream._query.stop()  # type: ignore[attr-defined]
    with pytest.raises(StorageError, match=r"the stream of paths below .*raw ended"):
        stream.arrived()
    put(tmp_path, "sessions/2.parquet")
    deadline = time.monotonic() + PATIENCE
    while "sessions/2.parquet" not in (found := stream.arrived()) and time.monotonic() < deadline:
        stream.settle()
        time.sleep(0.1)
    assert "sessions/2.parquet" in found
