"""Raw files: where each table goes, clean or with faults, and the tally of what was written."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from backbeat.errors import UsageError
from backbeat.simulate.columns import tables_of
from backbeat.simulate.faults import FolderFaults, plan_faults, write_folder
from backbeat.simulate.happenings import PER_SESSION
from backbeat.simulate.listening import Listening
from backbeat.simulate.span import Span, chance
from backbeat.simulate.tally import Tally

SOURCES = ("customers", "subscriptions", "tracks", "artists", "sessions", "events")
DAILY = ("sessions", "events")
MOST_THREADS = 4


def claim(root: Path) -> None:
    """Empty `root` of an earlier simulation and mark it as ours; UsageError where it holds anything else."""
    mark = root / "truth.json"
    if root.is_file() or (root.exists() and any(root.iterdir()) and not mark.exists()):
        raise UsageError(f"{root} is no empty folder, and no simulation wrote it: name another, or empty this one")
    for source in SOURCES:
        shutil.rmtree(root / source, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    mark.write_text("{}\n", encoding="utf-8")


def write_whole(root: Path, source: str, table: pa.Table, seed: int, dirty: float) -> Tally:
    """A source without days, in one folder."""
    (faults,) = plan_faults(source, np.array([table.num_rows]), dirty, chance(seed, "faults", source))
    return write_folder(root, source, Path(source), table, faults, chance(seed, "faulty rows", source))


def write_days(root: Path, world: Listening, dirty: float, tell: Callable[[str], None]) -> Tally:
    """Sessions and events, a folder a day, the days spread over the machine's threads."""
    sessions = world.activity.sessions.sum(axis=0)
    sizes = {"sessions": sessions, "events": sessions * PER_SESSION}
    plans = {name: plan_faults(name, sizes[name], dirty, chance(world.seed, "faults", name)) for name in DAILY}
    days = np.flatnonzero(sessions).tolist()

    def write(day: int) -> Tally:
        return _write_day(root, world, day, {name: plans[name][day] for name in DAILY})

    tally = Tally()
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads:
        for day, counts in zip(days, threads.map(write, days), strict=True):
            _tell_month(world.span, day, days[0], tell)
            tally.update(counts)
    return tally


def day_folder(span: Span, source: str, day: int) -> Path:
    """`SOURCE/YYYY/MM/DD`."""
    return Path(source) / f"{span.date(day):%Y/%m/%d}"


def _write_day(root: Path, world: Listening, day: int, faults: dict[str, FolderFaults]) -> Tally:
    tally = Tally()
    for source, table in tables_of(world.draw(day), world).items():
        late = faults[source].late_in
        late_folder = None if late is None else day_folder(world.span, source, late)
        tally += write_folder(
            root,
            source,
            day_folder(world.span, source, day),
            table,
            faults[source],
            chance(world.seed, "faulty rows", source, day),
            late_folder,
        )
    return tally


def _tell_month(span: Span, day: int, first: int, tell: Callable[[str], None]) -> None:
    today = span.date(day)
    if day == first or today.day == 1:
        tell(f"listening in {today:%Y-%m}")
