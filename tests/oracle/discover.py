"""Which files of a raw folder belong to which source, and how many are hidden."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    file: Path
    path: str  # relative to the raw root
    size: int
    modified_at: datetime  # cut to milliseconds
    is_hidden: bool


def discover(root: Path, source: str) -> list[Found]:
    """Every raw file of one source, hidden ones included, by path."""
    places = (root / source, root / f"{source}.parquet")
    files = sorted((found for place in places for found in _below(place)), key=str)
    return [_look(root, file) for file in files]


def _below(place: Path) -> Iterator[Path]:
    """Links to folders are not followed, links to files are."""
    if place.is_dir() and not place.is_symlink():
        for folder, _, names in os.walk(place, followlinks=False):
            yield from (Path(folder, name) for name in names if _is_parquet(Path(folder, name)))
    elif place.is_file() and place.suffix == ".parquet":
        yield place


def _is_parquet(file: Path) -> bool:
    return file.name.lower().endswith(".parquet") and file.is_file()


def _look(root: Path, file: Path) -> Found:
    stat = file.stat()
    modified_at = _EPOCH + timedelta(milliseconds=stat.st_mtime_ns // 1_000_000)
    relative = file.relative_to(root)
    return Found(file, relative.as_posix(), stat.st_size, modified_at, _is_hidden(relative))


def _is_hidden(relative: Path) -> bool:
    *folders, name = relative.parts
    return name.startswith((".", "_")) or any(_is_hidden_folder(folder) for folder in folders)


def _is_hidden_folder(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)
