"""The dashboard's reader: one edition for as long as somebody reads, and a look ahead while nobody does."""

import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from tests.conftest import World

from backbeat import content
from backbeat.build.windows import Window
from backbeat.dashboard import reader as module
from backbeat.dashboard.filters import likely_windows
from backbeat.dashboard.reader import Edition, Reader
from backbeat.errors import StorageError
from backbeat.measure.counts import Counts

SECONDS = 20


@pytest.fixture
def reader(world: World, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader of a small lake, who is idle at once."""
    monkeypatch.setattr(module, "IDLE_AFTER", 0.0)
    world.customers(*(f"c{n}" for n in range(9)), country="SE")
    world.sessions(*((f"s{n}", f"c{n}", "2025-07-01T10:00:00Z") for n in range(9)))
    world.run()
    return Reader(world.open())


def windows(reader: Reader, edition: Edition) -> list[Window]:
    return likely_windows(reader.lake.config, edition.clock)


def test_what_was_foreseen_is_not_counted_again(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    with reader.reading() as edition:
        assert edition
    reader.look_ahead(lambda found: windows(reader, found))
    counted: list[Any] = []
    monkeypatch.setattr(Counts, "_count", lambda *asked, **_: counted.append(asked))
    for window in windows(reader, edition):
        edition.counts.foresee(window, content.slices())
    assert windows(reader, edition)
    assert counted == []


def test_a_new_edition_waits_until_nobody_reads(reader: Reader, world: World) -> None:
    with reader.reading() as before:
        world.sessions(("new", "c1", "2025-07-02T10:00:00Z"), path="sessions/more.parquet")
        world.run()
        assert reader.answer("clock", lambda edition: edition) is before
    with reader.reading() as after:
        assert before and after
        assert before.clock.as_of != after.clock.as_of


def test_who_reads_interrupts_a_look_ahead(reader: Reader) -> None:
    with reader.reading():
        pass
    begun, told = Event(), list[str]()

    def endless(_: Edition) -> Iterator[Window]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Counts, "foresee", lambda *_: (begun.set(), reader.house.rows(ENDLESS)))
            yield Window("given", *days(reader))

    def look() -> None:
        try:
            reader.look_ahead(endless)
        except StorageError as error:
            told.append(str(error))

    looking = Thread(target=look, daemon=True)
    looking.start()
    assert begun.wait(SECONDS)
    time.sleep(0.2)
    asked = time.monotonic()
    with reader.reading() as edition:
        assert edition
    assert time.monotonic() - asked < SECONDS
    looking.join(SECONDS)
    assert "nterrupt" in told[0]


NUMBERS = "(select explode(sequence(1, 100000)) as n)"
ENDLESS = f"select count(*) as found from {NUMBERS} as a, {NUMBERS} as b, {NUMBERS} as c where a.n * b.n = c.n + 7"


def days(reader: Reader) -> Any:
    assert reader._edition
    assert reader._edition.clock.as_of
    day = reader._edition.clock.as_of.date()
    return day, day


def test_who_has_just_run_can_read(world: World) -> None:
    """So many months of KPIs that what metrics read was held for the run, and is held otherwise for readers."""
    world.customers("a")
    world.sessions(*((f"s{n}", "a", f"2025-{n:02}-01T10:00:00Z") for n in range(1, 7)))
    lake = world.open()
    lake.run()
    with Reader(lake).reading() as edition:
        assert edition
