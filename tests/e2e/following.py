"""`backbeat run --follow` as a process of its own, and raw files that come while it runs."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PATIENCE = 60


class Following:
    """A follower of `root/raw` into `root/lake`; what it tells goes on from what others told in `root/beats.jsonl`."""

    def __init__(self, root: Path, *flags: str, **settings: str) -> None:
        self.log = root / "beats.jsonl"
        self._begin = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "backbeat", "run", "--follow", "--poll", "0.1s", "--log-format", "json"]
        places = ["--lake", str(root / "lake"), "--raw", str(root / "raw")]
        variables = {f"BACKBEAT_{name.upper()}": value for name, value in settings.items()}
        with self.log.open("a") as stderr:
            self.process = subprocess.Popen(
                [*command, *places, *flags], stderr=stderr, cwd=root, env={**os.environ, **variables}
            )
        atexit.register(self.process.kill)

    def beats(self) -> list[dict[str, Any]]:
        """What it told so far."""
        told = self.log.read_bytes()[self._begin :].decode()
        return [json.loads(line) for line in told.splitlines() if line.startswith("{")]

    def wait_for(self, told: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first beat of which something is true, once it has come."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for beat in self.beats():
                if told(beat):
                    return beat
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"nothing of the kind was told: {self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.wait()


def drop(raw: Path, path: str, rows: Sequence[tuple[str, str, datetime]], at: datetime | None = None) -> Path:
    """Put a whole sessions file of (session_id, customer_id, started_at) in place at once, as if it had arrived `at`."""
    columns = zip(*rows, strict=True)
    table = pa.table(dict(zip(("session_id", "customer_id", "started_at"), map(list, columns), strict=True)))
    return drop_table(raw, path, table, at)


def drop_table(raw: Path, path: str, table: pa.Table, at: datetime | None = None) -> Path:
    """Put any parquet file in place at once."""
    target = raw / path
    target.parent.mkdir(parents=True, exist_ok=True)
    hidden = target.with_name(f".{target.name}")
    pq.write_table(table, hidden)
    if at:
        os.utime(hidden, (at.timestamp(), at.timestamp()))
    return hidden.rename(target)
