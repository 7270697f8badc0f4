"""Charts as SVG, PNG and PDF by vl-convert: no browser, and a process of its own for its memory's sake."""

import json
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from backbeat.errors import StorageError

TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
_ONE_AT_A_TIME = Lock()
DRAW = """
import json, sys, vl_convert
jobs = json.load(sys.stdin)
draw = {"svg": vl_convert.vegalite_to_svg, "pdf": vl_convert.vegalite_to_pdf,
        "png": lambda spec: vl_convert.vegalite_to_png(spec, scale=2)}
for kind, spec in jobs:
    made = draw[kind](spec)
    made = made.encode() if isinstance(made, str) else made
    sys.stdout.buffer.write(len(made).to_bytes(8, "big") + made)
"""


@lru_cache(maxsize=64)
def picture(kind: str, spec: str) -> bytes:
    """One spec, as JSON, as a file of a kind."""
    return pictures([(kind, json.loads(spec))])[0]


def pictures(jobs: Sequence[tuple[str, dict[str, Any]]]) -> list[bytes]:
    """Each (kind, spec) as a file of its kind. Raises StorageError where one can't be drawn."""
    if not jobs:
        return []
    with _ONE_AT_A_TIME:
        command = [sys.executable, "-c", DRAW]
        done = subprocess.run(command, input=json.dumps(jobs).encode(), capture_output=True, check=False)
    if done.returncode:
        raise StorageError("a chart can't be drawn: its CSV has the numbers")
    return [*_parts(done.stdout)]


def _parts(data: bytes) -> list[bytes]:
    parts = []
    while data:
        size = int.from_bytes(data[:8], "big")
        parts.append(data[8 : 8 + size])
        data = data[8 + size :]
    return parts
