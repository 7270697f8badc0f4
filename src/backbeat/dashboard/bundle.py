"""Vega as one script: made once from the locked package vl-convert, kept on disk, never fetched from anywhere."""

import gzip
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from backbeat.errors import StorageError

MAKE = "import sys, vl_convert; sys.stdout.buffer.write(vl_convert.javascript_bundle().encode())"


@dataclass(frozen=True)
class Script:
    """A script, plain and gzipped; `digest` changes when it does."""

    plain: bytes
    gzipped: bytes
    digest: str


@cache
def vega() -> Script:
    """Vega, Vega-Lite and Embed. The first time it takes some seconds, later it is read from the cache folder.

    Raises StorageError where it can't be made.
    """
    path = cache_folder() / f"vega-{version('vl-convert-python')}.js.gz"
    if not path.exists():
        _keep(path, gzip.compress(_made(), 9, mtime=0))
    gzipped = path.read_bytes()
    plain = gzip.decompress(gzipped)
    return Script(plain, gzipped, hashlib.sha256(plain).hexdigest()[:12])


def cache_folder() -> Path:
    """Where Backbeat keeps what it can make again: $XDG_CACHE_HOME/backbeat, or ~/.cache/backbeat."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "backbeat"


def _made() -> bytes:
    """In a process of its own, because it takes 400 MB of memory that would not be given back."""
    done = subprocess.run([sys.executable, "-c", MAKE], capture_output=True, check=False)
    if done.returncode:
        raise StorageError("vl-convert can't make the charts' script: type `pip install 'backbeat[dashboard]'` again")
    return done.stdout


def _keep(path: Path, data: bytes) -> None:
    """All or nothing, so that another process never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)
