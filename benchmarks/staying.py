"""A full run, a day more and nothing new, all in one process on Spark, as a continuous job is one.

    python benchmarks/staying.py DIR CUSTOMERS [--sessions-only]

As `pipeline.py` does it, each run there a process of its own; what a day takes more in those is Java's way to speed.
"""

import argparse
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from pipeline import Cost, move_back, move_newest, simulate, used

from backbeat.api import Lake, open_lake


def main() -> None:
    """Make the world, run three times, print what each took."""
    asked = arguments()
    root = asked.dir.resolve()
    raw, lake, aside = root / "raw", root / "staying_lake", root / "newest"
    if not raw.exists():
        simulate(raw, asked.customers, sessions_only=asked.sessions_only)
    shutil.rmtree(lake, ignore_errors=True)
    opened = open_lake(lake=str(lake), raw=str(raw), engine="spark")
    move_newest(raw, aside)
    try:
        full = told("full run", opened)
    finally:
        move_back(aside)
    told("a day more", opened, full)
    told("nothing new", opened, full)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("customers", type=int)
    parser.add_argument("--sessions-only", action="store_true")
    return parser.parse_args()


def told(name: str, opened: Lake, full: Cost | None = None) -> Cost:
    """Run once more; what it cost, beside the full run, to the screen."""
    begun, before = perf_counter(), taken()
    opened.run()
    cost = Cost(perf_counter() - begun, taken().cpu - before.cpu, taken().peak)
    beside = f"   {cost.seconds / full.seconds:6.3f} of the full run, CPU {cost.cpu / full.cpu:6.3f}" if full else ""
    print(f"{name:14}{cost}{beside}", flush=True)
    return cost


def taken() -> Cost:
    """CPU seconds so far and memory now, of this process and those below it."""
    found = [one for one in map(used, [os.getpid(), *below(os.getpid())]) if one]
    return Cost(0.0, sum(cpu for _, cpu, _ in found), sum(memory for _, _, memory in found))


def below(pid: int) -> Iterator[int]:
    """The processes that a process has begun, and theirs."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from below(child)


if __name__ == "__main__":
    main()
