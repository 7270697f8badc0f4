"""One writer at a time, and what becomes of a dead one's lock."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from backbeat.errors import LakeBusy, StorageError
from backbeat.lake import lock
from backbeat.lake.lock import PATH, writer
from backbeat.lake.storage import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


def put(store: Store, *, age: float = 0, **holder: Any) -> None:
    """A lock as another process left it, touched so many seconds ago."""
    known = {"token": "theirs", "host": "elsewhere", "pid": "1", "since": "2025-07-01T10:00:00+00:00"}
    store.create(PATH, json.dumps({**known, **holder}).encode())
    os.utime(store.root / PATH, (time.time() - age, time.time() - age))


def test_a_second_writer_is_told_who_holds_the_lake_since_when(store: Store) -> None:
    with writer(store, 0), pytest.raises(LakeBusy) as caught, writer(store, 0):
        pass
    assert f"process {os.getpid()} on {socket.gethostname()} since 20" in str(caught.value)


def test_the_lock_is_gone_afterwards_also_after_an_error(store: Store) -> None:
    with writer(store, 0):
        assert store.read(PATH)
    assert store.read(PATH) is None
    with pytest.raises(ZeroDivisionError), writer(store, 0):
        raise ZeroDivisionError
    assert store.read(PATH) is None


def test_a_waiting_writer_goes_on_when_the_lake_is_free(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store)
    monkeypatch.setattr(lock.time, "sleep", lambda _: store.delete(PATH))
    with writer(store, 5):
        assert b"theirs" not in (store.read(PATH) or b"theirs")


def test_a_holder_whose_number_another_process_has_since_is_dead(store: Store) -> None:
    put(store, host=socket.gethostname(), pid=str(os.getpid()), began="at another time")
    with writer(store, 0):
        pass


def test_a_holder_whose_process_is_gone_from_this_machine_is_dead(store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    put(store, host=socket.gethostname(), pid=str(gone.pid))
    with writer(store, 0):
        pass


def test_a_holder_that_lives_on_this_machine_is_not_dead_however_long_it_takes(store: Store) -> None:
    put(store, host=socket.gethostname(), pid=str(os.getppid()), age=3600)
    with pytest.raises(LakeBusy), writer(store, 0):
        pass


@pytest.mark.parametrize(("age", "is_dead"), [(0, False), (55, False), (61, True)])
def test_a_holder_elsewhere_is_dead_after_a_minute_without_a_heartbeat(store: Store, age: float, is_dead: bool) -> None:
    put(store, age=age)
    if is_dead:
        with writer(store, 0):
            pass
    else:
        with pytest.raises(LakeBusy, match="process 1 on elsewhere since 2025-07-01"), writer(store, 0):
            pass


def test_a_lock_of_somebody_else_is_not_removed(store: Store) -> None:
    """A writer that was taken for dead leaves its successor's lock alone."""
    with writer(store, 0):
        store.delete(PATH)
        put(store)
    assert b"theirs" in (store.read(PATH) or b"")


def test_a_lock_that_is_let_go_again_is_not_another_s(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)
    delete = Store.delete

    def broken(store: Store, path: str) -> None:
        delete(store, path)
        put(store)
        raise StorageError("request or response body error")

    monkeypatch.setattr(Store, "delete", broken)
    with writer(store, 0):
        pass
    assert json.loads(store.read(PATH) or b"")["token"] == "theirs"


def test_a_heartbeat_touches_the_lock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "HEARTBEAT_SECONDS", 0.02)
    with writer(store, 0):
        os.utime(store.root / PATH, (0, 0))
        deadline = time.monotonic() + 5
        while (store.root / PATH).stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (store.root / PATH).stat().st_mtime > 0


def test_a_lock_file_that_is_damaged_is_dead_after_a_minute(store: Store) -> None:
    store.create(PATH, b"not json")
    os.utime(store.root / PATH, (0, 0))
    with writer(store, 0):
        pass
