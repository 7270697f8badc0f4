"""A clean end: what is being done is finished before the command stops."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from typing import Any


@contextmanager
def stopping(stop: Event) -> Iterator[None]:
    """The first SIGINT or SIGTERM sets `stop`; another one a second later or more ends the process as it always does.

    `timeout` and terminals may send one twice.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    first_at: float | None = None

    def on_signal(number: int, _: Any) -> None:
        nonlocal first_at
        stop.set()
        first_at = first_at or monotonic()
        if monotonic() >= first_at + 1:
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
