"""A folder behind a small set of verbs; paths are what they are spelled like."""

import os
from pathlib import Path
from typing import Any

import pytest

from backbeat.lake.storage import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "a root"))


def test_what_is_created_is_created_once(store: Store) -> None:
    assert store.create("ops/lock", b"one")
    assert not store.create("ops/lock", b"two")
    assert store.read("ops/lock") == b"one"
    store.write("ops/lock", b"three")
    assert store.read("ops/lock") == b"three"
    store.delete("ops/lock")
    store.delete("ops/lock")
    assert store.read("ops/lock") is None
    assert store.stat("ops/lock") is None


def test_entries_are_files_in_order_of_path(store: Store) -> None:
    for path in ("b/2 +%20é.parquet", "b/1", "a", "b.parquet", "bb/3"):
        store.create(path, b"x" * len(path))
    assert [(entry.path, entry.size) for entry in store.entries("b")] == [("b/1", 3), ("b/2 +%20é.parquet", 17)]
    assert [entry.path for entry in store.entries("b.parquet")] == ["b.parquet"]
    assert [entry.path for entry in store.entries()] == ["a", "b.parquet", "b/1", "b/2 +%20é.parquet", "bb/3"]
    assert list(store.entries("nothing")) == []


def test_a_folder_that_goes_while_it_is_listed_is_left_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("sessions/_temporary/a", "sessions/b"):
        store.create(path, b"")
    scan = os.scandir

    def vanishing(place: str) -> Any:
        if place.endswith("_temporary"):
            raise FileNotFoundError(place)
        return scan(place)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert [entry.path for entry in store.entries("sessions")] == ["sessions/b"]


def test_a_modification_time_is_cut_to_milliseconds(store: Store) -> None:
    store.create("a", b"")
    os.utime(store.root / "a", ns=(0, 1_751_365_800_123_999_999))
    (entry,) = store.entries("a")
    assert entry.modified_ms == 1_751_365_800_123
    assert store.stat("a") == entry


def test_links_to_files_are_files_and_links_to_folders_are_not(store: Store, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file").write_bytes(b"x")
    store.create("in/own", b"")
    (store.root / "in/link").symlink_to(tmp_path / "outside/file")
    (store.root / "in/folder").symlink_to(tmp_path / "outside", target_is_directory=True)
    (store.root / "in/dangling").symlink_to(tmp_path / "nothing")
    assert [entry.path for entry in store.entries("in")] == ["in/link", "in/own"]


@pytest.mark.parametrize(("url", "path", "uri"), [
    ("s3://bucket/lake/", "gold/kpis", "s3://bucket/lake/gold/kpis"),
    ("s3://bucket/lake", "", "s3://bucket/lake"),
    ("/data/lake", "gold", "/data/lake/gold"),
    ("file:///data/lake", "gold", "/data/lake/gold"),
])  # fmt: skip
def test_uris(url: str, path: str, uri: str) -> None:
    assert Store(url).uri(path) == uri


def test_a_relative_folder_is_opened_absolutely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Store("lake").uri("gold") == f"{tmp_path}/lake/gold"


def test_a_writer_that_dies_leaves_the_old_content_or_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create("ops/lock", b"one")

    def die(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:1])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", die)
    for write, path in ((store.create, "ops/new"), (store.write, "ops/lock")):
        with pytest.raises(KeyboardInterrupt):
            write(path, b"two")
    assert store.read("ops/new") is None
    assert store.read("ops/lock") == b"one"
