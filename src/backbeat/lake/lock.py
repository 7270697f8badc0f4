"""One writer at a time: a lock file that is put only if absent, and touched while its holder lives."""

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from backbeat.errors import LakeBusy
from backbeat.lake.storage import Store, asked_again

PATH = "ops/_lock.json"
HEARTBEAT_SECONDS = 10
DEAD_AFTER_SECONDS = 60


@contextmanager
def writer(store: Store, wait: float) -> Iterator[None]:
    """Hold the lake for writing; wait up to `wait` seconds for another holder, then raise LakeBusy."""
    token = _acquire(store, wait)
    stop = threading.Event()
    beat = threading.Thread(target=_heartbeat, args=(store, token, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        _let_go(store, token)


@asked_again
def _let_go(store: Store, held: dict[str, str]) -> None:
    """Remove a lock, unless somebody else has it, also by now: what is done again may come after that."""
    if _holder(store).get("token") == held.get("token"):
        store.delete(PATH)


def _acquire(store: Store, wait: float) -> dict[str, str]:
    token = _token()
    deadline = time.monotonic() + wait
    while not store.create(PATH, json.dumps(token).encode()):
        holder = _holder(store)
        if holder.get("token") == token["token"]:
            break  # it was put, and the answer was lost
        if _is_dead(store, holder):
            _let_go(store, holder)
        elif time.monotonic() >= deadline:
            raise LakeBusy(_busy(store, holder))
        else:
            time.sleep(min(0.5, wait or 0.5))
    return token


def _token() -> dict[str, str]:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    pid = str(os.getpid())
    return {"token": uuid4().hex, "host": socket.gethostname(), "pid": pid, "began": _began(pid), "since": since}


def _holder(store: Store) -> dict[str, str]:
    try:
        return dict(json.loads(store.read(PATH) or b"{}"))
    except ValueError:
        return {}


def _is_dead(store: Store, holder: dict[str, str]) -> bool:
    """A holder is dead when its process is gone from this machine, or its heart stood still for a minute."""
    if holder.get("host") == socket.gethostname():
        began = _began(holder["pid"])
        return not _is_running(int(holder["pid"])) or began != holder.get("began", began)
    entry = store.stat(PATH)
    return entry is not None and time.time() - entry.modified_ms / 1000 > DEAD_AFTER_SECONDS


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _began(pid: str) -> str:
    """When a process began, as this system counts since it was booted: its number may be another's by now. Empty where it does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]}"
    except (OSError, IndexError):
        return ""


def _busy(store: Store, holder: dict[str, str]) -> str:
    who = f"process {holder.get('pid', '?')} on {holder.get('host', '?')} since {holder.get('since', '?')}"
    return f"{store.url}: the lake is held by {who}; wait for it to finish, or give --wait a longer time"


def _heartbeat(store: Store, token: dict[str, str], stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        if _holder(store).get("token") == token["token"]:
            store.write(PATH, json.dumps(token).encode())
