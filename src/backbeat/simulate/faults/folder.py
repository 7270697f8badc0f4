"""One folder of raw files, good and bad."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from backbeat.simulate.faults.broken import write_broken, write_hidden
from backbeat.simulate.faults.forms import in_form, unreadable_values
from backbeat.simulate.faults.kinds import BROKEN, DUPLICATES, KINDS, Kinds
from backbeat.simulate.faults.plan import FolderFaults
from backbeat.simulate.faults.rows import copied_rows, faulty_rows
from backbeat.simulate.parquet import write_parquet
from backbeat.simulate.tally import Tally


@dataclass(frozen=True)
class _Folder:
    root: Path
    source: str
    path: Path
    kinds: Kinds
    tally: Tally = field(default_factory=Counter)

    def write(self, path: Path, table: pa.Table) -> None:
        write_parquet(self.root / path, table)
        self.count("totals", "files")
        self.count("totals", "rows", table.num_rows)

    def count(self, group: str, name: str, number: int = 1) -> None:
        self.tally[self.source, group, name] += number


def write_folder(
    root: Path,
    source: str,
    path: Path,
    table: pa.Table,
    faults: FolderFaults,
    rng: np.random.Generator,
    late_in: Path | None = None,
) -> Tally:
    """Write a table's rows under `root / path` with those faults, late ones elsewhere; count what was written."""
    folder = _Folder(root, source, path, KINDS[source])
    folder.count("totals", "valid_rows", table.num_rows)
    first, *others = _slices(table, 1 + len(faults.forms) + (late_in is not None))
    _write_first(folder, first, faults, rng)
    _write_forms(folder, others, faults.forms)
    if late_in is not None:
        _write_late(folder, late_in, others[-1])
    _write_bad_files(folder, first, faults.files)
    return folder.tally


def _slices(table: pa.Table, number: int) -> list[pa.Table]:
    length = -(-table.num_rows // number)
    return [table.slice(place * length, length) for place in range(number)]


def _write_first(folder: _Folder, table: pa.Table, faults: FolderFaults, rng: np.random.Generator) -> None:
    if not faults.rows or not table.num_rows:
        folder.write(folder.path / "part-0.parquet", table)
        return
    mark = "".join(folder.path.parts[1:])
    bad = list(faulty_rows(table, folder.kinds, faults.rows, mark, rng))
    again, elsewhere = (copied_rows(table, faults.rows.get(kind, 0), rng) for kind in DUPLICATES)
    folder.write(folder.path / "part-0.parquet", pa.concat_tables([table, *bad, again]))
    if elsewhere.num_rows:
        folder.write(folder.path / "retry-0.parquet", elsewhere)
    _count_rows(folder, faults.rows)


def _count_rows(folder: _Folder, rows: dict[str, int]) -> None:
    for kind, number in rows.items():
        if kind in DUPLICATES:
            folder.count("duplicates", kind, number)
        elif codes := folder.kinds.rows[kind].codes:
            folder.count("faulty_rows", kind, number)
            for code in codes:
                folder.count("quarantine", code, number)
        else:
            folder.count("accepted_rows", kind, number)
            folder.count("totals", "valid_rows", number)


def _write_forms(folder: _Folder, slices: list[pa.Table], forms: tuple[str, ...]) -> None:
    for place, (form, rows) in enumerate(zip(forms, slices, strict=False), start=1):
        folder.write(folder.path / f"part-{place}.parquet", in_form(form, rows, folder.kinds))
        folder.count("accepted_files", form)
        if unreadable := unreadable_values(form, rows):
            folder.count("unreadable_values", form, unreadable)


def _write_late(folder: _Folder, late_in: Path, rows: pa.Table) -> None:
    name = "late-" + "".join(folder.path.parts[1:]) + ".parquet"
    folder.write(late_in / name, rows)
    folder.count("accepted_files", "late")
    folder.count("accepted_rows", "late", rows.num_rows)


def _write_bad_files(folder: _Folder, table: pa.Table, files: tuple[str, ...]) -> None:
    for kind in files:
        if kind in BROKEN:
            write_broken(kind, folder.root / folder.path, table, folder.kinds)
            folder.count("rejected_files", kind)
        else:
            write_hidden(kind, folder.root / folder.path, table)
            folder.count("hidden_files", kind)
