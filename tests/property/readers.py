"""Those who read a lake while it is written, as processes of their own: no answer may be an error, or mix two states."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

NEW_ROWS = 40
"""Each file brings so many new sessions, so each whole state has a multiple of it."""
PUBLISHED = """
select (select count(*) from silver.sessions) as stored, (select sum(sessions) from gold.activity_5m) as in_windows,
  (select sum(sessions) from gold.customer_day) as in_days,
  (select sum(sessions) from gold.customer_device_day) as in_devices"""
DIRECT = {
    "silver.sessions": "count(*)",
    "gold.activity_5m": "sum(sessions)",
    "gold.customer_day": "sum(sessions)",
    "gold.customer_device_day": "sum(sessions)",
    "gold.sessions_histogram": None,
    "gold.kpis": None,
    "gold.kpi_summary": None,
    "gold.daily_engagement": None,
}
"""Tables that Power BI reads, and what of them is a number of sessions."""
SLOWEST_SECONDS = 3.0
"""Between a table's opening and the reading of its files: a refresh of a large model takes its time."""
PROCESSES = get_context("spawn")


@dataclass
class Answers:
    """How many answers each reader had; those that were an error or of no whole state."""

    counts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@contextmanager
def reading(root: Path) -> Iterator[Answers]:
    """Read `root/lake` all the while, as the dashboard does, as a new command does, and as Power BI does."""
    stop, told, answers = PROCESSES.Event(), PROCESSES.Queue(), Answers()
    readers = [PROCESSES.Process(target=_read, args=(each, root, stop, told), daemon=True) for each in READERS]
    for reader in readers:
        reader.start()
    try:
        yield answers
    finally:
        stop.set()
        for _ in readers:
            name, count, wrong = told.get(timeout=120)
            answers.counts[name] = count
            answers.wrong += wrong
        for reader in readers:
            reader.join()


def _read(name: str, root: Path, stop: Any, told: Any) -> None:
    count, wrong, ask = 0, [], READERS[name](root)
    while not stop.wait(0.7):
        try:
            complaint = ask()
        except Exception as error:
            complaint = repr(error)
        count += 1
        if complaint:
            wrong.append(f"{name}, answer {count}, {time.strftime('%H:%M:%S')}: {complaint}")
    told.put((name, count, wrong))


def _dashboard(root: Path) -> Callable[[], str | None]:
    """One lake that stays open."""
    import backbeat

    lake = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
    grows = _growing()
    return lambda: _published(lake, grows)


def _command(root: Path) -> Callable[[], str | None]:
    """A lake that is opened anew each time."""
    import backbeat

    grows = _growing()
    return lambda: _published(backbeat.open(lake=str(root / "lake"), raw=str(root / "raw")), grows)


def _published(lake: Any, grows: Callable[[str, int], str | None]) -> str | None:
    row = lake.sql(PUBLISHED).to_pylist()[0]
    if len({*row.values()}) != 1:
        return f"two states: {row}"
    if not lake.kpis().rows or not lake.sql("select * from gold.kpis").num_rows:
        return "no KPIs"
    return grows("published", row["stored"])


def _power_bi(root: Path) -> Callable[[], str | None]:
    """Each table on its own, by Delta's log and the parquet files it names."""
    from backbeat import content

    random, grows = Random(1), _growing()
    keys = {f"gold.{name}": table.key for name, table in content.tables().items()} | {"silver.sessions": ["session_id"]}

    def ask() -> str | None:
        name = random.choice([*DIRECT])
        return _direct(root / "lake" / name.replace(".", "/"), name, keys[name], random, grows)

    return ask


def _direct(table: Path, name: str, key: Any, random: Random, grows: Callable[[str, int], str | None]) -> str | None:
    import duckdb
    from deltalake import DeltaTable

    files = DeltaTable(str(table)).file_uris()
    time.sleep(random.random() ** 4 * SLOWEST_SECONDS)
    rows = duckdb.read_parquet(files, hive_partitioning=True)
    sessions = DIRECT[name] or "0"
    count, total = rows.aggregate(f"count(*), {sessions}").fetchall()[0]
    keys = len(rows.project(", ".join(key)).distinct())
    if count == 0 or count != keys:
        return f"{name}: {count} rows of {keys} keys"
    return grows(name, int(total)) if DIRECT[name] else None


def _growing() -> Callable[[str, int], str | None]:
    """What complains of a number of sessions that is no whole number of files, or less than before."""
    most: dict[str, int] = {}

    def grows(name: str, sessions: int) -> str | None:
        before, most[name] = most.get(name, 0), sessions
        if sessions % NEW_ROWS or sessions < before:
            return f"{name}: {sessions} sessions after {before}"
        return None

    return grows


READERS = {"dashboard": _dashboard, "command": _command, "Power BI": _power_bi}
