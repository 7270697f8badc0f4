"""A full run, a day more and nothing new, all in one process on Spark, as a continuous job is one.

    python benchmarks/staying.py DIR CUSTOMERS [--sessions-only]

As `pipeline.py` does it, each run there a process of its own; what a day takes more in those is Java's way to speed. The
memory is that at a run's end.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from pipeline import Cost, made, newest_aside, say, used, world_parser

from backbeat.api import Lake, open_lake


def main() -> None:
    """Make the world, run three times, print what each took."""
    root = made(world_parser(__doc__).parse_args())
    lake = root / "staying_lake"
    shutil.rmtree(lake, ignore_errors=True)
    opened = open_lake(lake=str(lake), raw=str(root / "raw"), engine="spark")
    with newest_aside(root):
        full = told("full run", opened)
    told("a day more", opened, full)
    told("nothing new", opened, full)


def told(name: str, opened: Lake, full: Cost | None = None) -> Cost:
    """Run once more; what it cost, beside the full run, to the screen."""
    begun, before = perf_counter(), taken()
    opened.run()
    after = taken()
    cost = Cost(perf_counter() - begun, after.cpu - before.cpu, after.peak)
    say(name, cost, full)
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
