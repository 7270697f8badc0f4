"""The project's files on disk: written whole, and never over what somebody changed by hand."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from backbeat.errors import UsageError

MANIFEST = ".backbeat-export.json"
OWN = (".pbi", "cache.abf", "localSettings.json")
"""What Desktop keeps beside the project, and nobody commits."""


@dataclass(frozen=True)
class Written:
    """How many files an export has, and which of them it changed, made or took away."""

    files: int
    changed: tuple[str, ...]


def write_project(folder: Path, files: Mapping[str, str], *, force: bool = False) -> Written:
    """Write a project, take away what an earlier export wrote and this has not, and keep what all files hash to.

    Raises UsageError, naming them, where files were changed since the last export or are not from one, unless `force`.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder")
    before, now = _known(folder), {path: _hash(text.encode()) for path, text in files.items()}
    edited = [] if force else [*_edited(folder, before, now)]
    if edited:
        more = f" and {len(edited) - 8} more" if len(edited) > 8 else ""
        told = "changed since the last export" if before else "there already, and not from an export"
        raise UsageError(
            f"{folder}: {told}: {', '.join(edited[:8])}{more}; keep a copy, or overwrite them with --force"
        )
    changed = [path for path, text in files.items() if _write(folder / path, text.encode())]
    gone = [path for path in sorted(set(before) - set(now)) if _remove(folder, path)]
    _write(folder / MANIFEST, (json.dumps(now, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
    return Written(len(files), tuple(sorted([*changed, *gone])))


def _known(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise UsageError(f"{path} is not what an export left there: remove it, and export with --force") from error
    return {name: value for name, value in found.items() if _is_inside(folder, name)}


def _is_inside(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _edited(folder: Path, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What an export would overwrite or remove though it is neither as the last one left it nor as this one makes it."""
    found = []
    for name in sorted({*before, *now}):
        path = folder / name
        if path.is_file():
            there = _hash(path.read_bytes())
            if there not in (before.get(name), now.get(name)):
                found.append(name)
    return found


def _hash(data: bytes) -> str:
    """Line ends apart: git turns them on some machines."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()[:32]


def _write(path: Path, data: bytes) -> bool:
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True


def _remove(folder: Path, name: str) -> bool:
    path = folder / name
    if not path.is_file():
        return False
    path.unlink()
    for parent in path.relative_to(folder).parents:
        place = folder / parent
        if place != folder and not any(place.iterdir()):
            place.rmdir()
    return True
