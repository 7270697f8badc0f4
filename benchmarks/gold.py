"""How long a full rebuild of gold takes, beside a script written by hand for DuckDB alone.

    python -m benchmarks.gold LAKE RAW      a lake that `backbeat run` has built, in UTC; it is rebuilt

Every table but those of alerts, predictions and exclusions (benchmarks/gold.sql) is computed both ways from the same
silver and compared row by row, on the columns that the script has; then their times stand side by side. The pipeline's
include its checks and its Delta commits; the script writes parquet. Tables that only one of the two makes are listed for
themselves: the script's are parts that several of its tables share.
"""

import resource
import sys
import tempfile
from itertools import pairwise
from time import perf_counter
from typing import Any

from benchmarks.by_hand import statements

import backbeat
from backbeat.api import Lake


def main(lake: str, raw: str) -> int:
    """Rebuild, run the script, print seconds a table; 1 where any table differs."""
    ours = rebuilt(lake, raw)
    opened = backbeat.open(lake=lake, raw=raw)
    theirs, differing = by_hand(opened)
    for name, seconds in ours.items():
        beside = f"{theirs[name]:7.2f}  {'differs' if name in differing else 'equal'}" if name in theirs else ""
        print(f"{name:25}{seconds:7.2f} s  {beside}")
    for name in theirs:
        if name not in ours:
            print(f"{name:25}{'':11}{theirs[name]:7.2f}")
    same = sum(seconds for name, seconds in ours.items() if name in theirs)
    total = sum(theirs.values())
    print(
        f"\n{same:.1f} s against {total:.1f} s by hand: {same / total:.1f} times; all of gold {sum(ours.values()):.1f} s, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB at most"
    )
    return 1 if differing else 0


def rebuilt(lake: str, raw: str) -> dict[str, float]:
    """Seconds a gold table of `backbeat run --full`."""
    begun: list[tuple[str, float]] = []
    backbeat.open(lake=lake, raw=raw).run(full=True, say=lambda line, *_: begun.append((line, perf_counter())))
    begun.append(("", perf_counter()))
    tables = [(name, after - at) for (name, at), (_, after) in pairwise(begun)]
    return {name: seconds for name, seconds in tables if ":" not in name}


def by_hand(opened: Lake) -> tuple[dict[str, float], set[str]]:
    """Seconds a table of the script, and those that are not what gold holds."""
    clock = opened.show_published()
    engine = opened.house.engine
    if clock.as_of is None:
        sys.exit("the lake is empty")
    seconds, differing = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        for name, statement, is_kept in statements(clock.day(clock.as_of)):
            begun = perf_counter()
            engine.execute(statement)
            if is_kept:
                engine.execute(f"copy {name} to '{folder}/{name}.parquet'")
            seconds[name] = perf_counter() - begun
            if is_kept and differs(engine, name):
                differing |= {name}
    return seconds, differing


def differs(engine: Any, name: str) -> bool:
    """Whether a table of the script is other than gold's, on its own columns."""
    columns = ", ".join(f'"{column}"' for column in engine.connection.table(name).columns)
    ours, theirs = f"select {columns} from gold.{name}", f"select {columns} from {name}"
    sides = f"({ours} except all {theirs}) union all ({theirs} except all {ours})"
    return bool(engine.native(f"select 1 from ({sides}) limit 1").num_rows)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
