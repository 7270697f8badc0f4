"""A signal asks for a clean end; one that is sent twice at once asks once, a later one insists."""

import signal
import time
from threading import Event

import pytest

from backbeat.cli.stopping import stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_sent_twice_is_one(number: signal.Signals) -> None:
    stop = Event()
    with stopping(stop):
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert stop.is_set()


def test_one_a_second_later_ends_it() -> None:
    with stopping(Event()), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        time.sleep(1.01)
        signal.raise_signal(signal.SIGINT)
