"""Many read while a run writes: no error, and every answer is that of one edition."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from tests.conftest import World
from tests.e2e.browser.conftest import serving
from tests.e2e.browser.test_access import get

READERS, RUNS = 12, 3


def test_readers_never_see_half_a_run(other_lake: World) -> None:
    known = {answered(other_lake)}
    stop = Event()
    with serving(other_lake.open()) as origin, ThreadPoolExecutor(READERS) as pool:
        futures = [pool.submit(read, origin, stop) for _ in range(READERS)]
        for number in range(RUNS):
            more = [(f"r{number}-{n}", f"c{10 + number}", f"2025-07-0{number + 2}T10:00:00Z") for n in range(5)]
            other_lake.sessions(*more, path=f"sessions/run{number}.parquet")
            other_lake.run()
            known.add(answered(other_lake))
        stop.set()
        seen = [answer for future in futures for answer in future.result()]
    assert len(known) == RUNS + 1
    assert set(seen) <= {(200, body) for body in known}
    assert len(set(seen)) > 1


def read(origin: str, stop: Event) -> list[tuple[int, bytes]]:
    """What one reader got, again and again."""
    found = []
    while not stop.is_set():
        status, _, body = get(f"{origin}/api/kpis", accept="text/csv")
        found.append((status, body))
    return found


def answered(world: World) -> bytes:
    """The KPIs as CSV, as the command line gives them."""
    from backbeat.texts import csv_text

    table = world.open().kpis().to_arrow()
    return csv_text(table.to_pylist(), table.column_names).encode()
