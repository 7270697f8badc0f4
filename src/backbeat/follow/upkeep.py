"""What keeps a lake small while it is written to all the time: few files a table, a short log, no garbage.

All of it is done while the lake is held, and what published versions name is never touched.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backbeat import content
from backbeat.lake import schemas
from backbeat.lake.delta import Commit, DataFile
from backbeat.lake.lakehouse import Lakehouse

EVERY_BATCHES = 16
"""How many micro-batches pass between two looks at the number of files."""
MERGED_FILES = 16
"""So many files of one size class, in one partition, become one. A class is 16 times the one below it."""
SMALLEST_ROWS = 1_000
MOST_ROWS = 4_000_000
"""Files with more rows are left alone."""
GARBAGE_SECONDS = 900
"""How long a file that no version names any more is kept, for those who still read the version that did."""
LOG_KEPT = "interval 1 hours"


@dataclass
class Upkeep:
    """Remembers what it has seen to be garbage, and since when."""

    lake: Lakehouse
    _batches: int = 0
    _garbage: dict[str, float] = field(default_factory=dict)

    def after_batch(self) -> None:
        """Merge small files, now and then."""
        self._batches += 1
        if self._batches % EVERY_BATCHES == 0:
            self.merge()

    def merge(self) -> None:
        """Merge the small files of the tables that grow by every batch."""
        for name in schemas.OPS:
            self.lake.table(name).merge_small(MERGED_FILES)
        for name in content.sources():
            merge_partitions(self.lake, f"silver.{name}")

    def after_all(self) -> None:
        """Merge, shorten logs and remove garbage: only while every table's newest version is the published one."""
        self.merge()
        seen: dict[str, float] = {}
        for name in self.lake.names():
            if self.lake.table(name).exists():
                self.lake.table(name).shorten_log(LOG_KEPT)
                seen |= self._sweep(name)
        self._garbage = seen

    def _sweep(self, name: str) -> dict[str, float]:
        """Delete what has been garbage for long; returns what is too young, with when it was first seen."""
        now = time.monotonic()
        table = self.lake.table(name)
        first = {path: self._garbage.get(path, now) for path in map(f"{table.path}/{{}}".format, table.garbage())}
        old = {path for path, since in first.items() if now - since >= GARBAGE_SECONDS}
        for path in old:
            self.lake.store.delete(path)
        return {path: since for path, since in first.items() if path not in old}


def merge_partitions(lake: Lakehouse, name: str) -> None:
    """Merge the files of a silver table, in one commit, where a partition has many of about the same size."""
    groups = list(_mergeable(lake.table(name).files()))
    if groups:
        old = [file for group in groups for file in group]
        lake.show_files(name, old, lake.table(name).schema())
        lake.commit(name, Commit(lake.stage(name, f"select * from {name}"), old))


def _mergeable(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    """The files of one partition and size class, where there are enough of them."""
    classes: dict[tuple[object, ...], list[DataFile]] = defaultdict(list)
    for file in files:
        if file.rows < MOST_ROWS:
            classes[(*file.partition.values(), size_class(file.rows))].append(file)
    yield from (group for group in classes.values() if len(group) >= MERGED_FILES)


def size_class(rows: int) -> int:
    """0 for up to 1,000 rows, 1 for up to 16,000, and so on by sixteens."""
    found, limit = 0, SMALLEST_ROWS
    while rows > limit:
        found, limit = found + 1, limit * MERGED_FILES
    return found
