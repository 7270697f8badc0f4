"""From raw files to gold: the pipeline, a script by hand, and the notebook's logic, one after the other.

On Spark the script by hand is `bare_spark.py`, which only writes silver and two tables.

    python benchmarks/pipeline.py DIR CUSTOMERS [--sessions-only] [--engine spark] [--without NAME ...]

DIR has to be new, or to hold `raw/` from before; 7,300, 73,000 and 182,000 customers are some 2, 20 and 50 million sessions,
with three events each unless told otherwise. The pipeline takes all but the newest day's files, then that day as an hourly
run would, then nothing. Each contestant is a process of its own; its seconds, CPU seconds and peak memory are those of it
and its children. `--without` leaves out some of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

HERE = Path(__file__).parent
TICK = os.sysconf("SC_CLK_TCK")
CONTESTANTS = {"duckdb": ("by_hand", "notebook"), "spark": ("bare_spark", "notebook")}


@dataclass(frozen=True)
class Cost:
    """What a process and its children took: seconds, CPU seconds, GB at most."""

    seconds: float
    cpu: float
    peak: float

    def __str__(self) -> str:
        return f"{self.seconds:8.1f} s {self.cpu:8.1f} CPU s {self.peak:6.2f} GB"


def main() -> None:
    """Make the world, run each contestant, print what they took and their ratios."""
    asked = arguments()
    root = made(asked)
    raw, lake = root / "raw", root / "lake"
    for folder in (lake, root / "by_hand", root / "notebook"):
        shutil.rmtree(folder, ignore_errors=True)
    with newest_aside(root):
        full = told(root, "full run", backbeat(lake, raw, asked.engine))
    told(root, "a day more", backbeat(lake, raw, asked.engine), full)
    told(root, "nothing new", backbeat(lake, raw, asked.engine), full)
    told(root, "kpis", backbeat(lake, raw, asked.engine, "kpis"))
    for name in CONTESTANTS[asked.engine]:
        if name not in asked.without:
            told(root, name, [sys.executable, str(HERE / f"{name}.py"), str(raw), str(root / name)], full)


def arguments() -> argparse.Namespace:
    parser = world_parser(__doc__)
    parser.add_argument("--engine", default="duckdb", choices=["duckdb", "spark"])
    parser.add_argument("--without", nargs="*", default=[], choices=["by_hand", "bare_spark", "notebook"])
    return parser.parse_args()


def world_parser(description: str | None) -> argparse.ArgumentParser:
    """What says which world to run on."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("customers", type=int)
    parser.add_argument("--sessions-only", action="store_true")
    return parser


def made(asked: argparse.Namespace) -> Path:
    """The folder that was asked for, its `raw/` made where it is not there yet."""
    root: Path = asked.dir.resolve()
    if not (root / "raw").exists():
        simulate(root / "raw", asked.customers, sessions_only=asked.sessions_only)
    return root


def backbeat(lake: Path, raw: Path, engine: str, verb: str = "run") -> list[str]:
    return [sys.executable, "-m", "backbeat", verb, "--engine", engine, "--lake", str(lake), "--raw", str(raw)]


def simulate(raw: Path, customers: int, *, sessions_only: bool) -> None:
    command = [sys.executable, "-m", "backbeat", "simulate", str(raw), "--customers", str(customers), "--quiet"]
    subprocess.run(command, check=True)
    if sessions_only:
        shutil.rmtree(raw / "events")


@contextmanager
def newest_aside(root: Path) -> Iterator[None]:
    """Leave the newest day's files out of `raw/` for as long as the block lasts."""
    move_newest(root / "raw", root / "newest")
    try:
        yield
    finally:
        move_back(root / "newest")


def move_newest(raw: Path, aside: Path) -> None:
    """Take the newest day's folders away."""
    for source in ("sessions", "events"):
        days = sorted((raw / source).glob("*/*/*"))
        if days:
            (aside / source).parent.mkdir(parents=True, exist_ok=True)
            days[-1].rename(aside / source)
            (aside / f"{source}.from").write_text(str(days[-1]))


def move_back(aside: Path) -> None:
    for source in ("sessions", "events"):
        if (aside / source).exists():
            (aside / source).rename((aside / f"{source}.from").read_text())
    shutil.rmtree(aside)


def told(folder: Path, name: str, command: list[str], full: Cost | None = None) -> Cost:
    """Run a contestant; its steps go to a log in the folder, its cost beside the full run's to the screen."""
    with (folder / f"{name.replace(' ', '_')}.log").open("w") as log:
        cost = measured(command, log.fileno())
    say(name, cost, full)
    return cost


def say(name: str, cost: Cost, full: Cost | None) -> None:
    """A run's cost, beside the full run's."""
    beside = f"   {cost.seconds / full.seconds:6.3f} of the full run, CPU {cost.cpu / full.cpu:6.3f}" if full else ""
    print(f"{name:14}{cost}{beside}", flush=True)


def measured(command: list[str], log: int) -> Cost:
    """Run a command in a session of its own and add up what its processes take. Raises where it fails."""
    begun = perf_counter()
    process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    cpu: dict[int, float] = {}
    peak = 0.0
    while process.poll() is None:
        alive = [found for found in map(used, session(process.pid)) if found]
        cpu |= {pid: seconds for pid, seconds, _ in alive}
        peak = max(peak, sum(memory for _, _, memory in alive))
        sleep(0.1)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(perf_counter() - begun, sum(cpu.values()), peak)


def session(leader: int) -> list[int]:
    """The processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) == leader:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def used(pid: int) -> tuple[int, float, float] | None:
    """CPU seconds so far and GB in memory of a process; None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return None
    return pid, (int(fields[11]) + int(fields[12])) / TICK, pages * os.sysconf("SC_PAGE_SIZE") / 1e9


if __name__ == "__main__":
    main()
