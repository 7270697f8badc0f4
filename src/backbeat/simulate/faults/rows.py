"""Bad rows: copies of good ones with a new id and one thing wrong."""

from collections.abc import Iterator
from itertools import cycle, islice

import numpy as np
import pyarrow as pa

from backbeat.simulate.faults.kinds import Kinds


def faulty_rows(
    table: pa.Table, kinds: Kinds, numbers: dict[str, int], mark: str, rng: np.random.Generator
) -> Iterator[pa.Table]:
    """For each kind of row fault that many bad copies of the table's rows; `mark` keeps their ids unique."""
    for kind, fault in kinds.rows.items():
        if number := numbers.get(kind, 0):
            ids = [f"x{mark}-{kind}-{row}" for row in range(number)]
            copies = _with(copied_rows(table, number, rng), kinds.id, ids)
            yield _with(copies, fault.column, list(islice(cycle(fault.values), number)))


def copied_rows(table: pa.Table, number: int, rng: np.random.Generator) -> pa.Table:
    """Exact copies of that many rows."""
    return table.take(pa.array(rng.integers(0, table.num_rows, number)))


def _with(table: pa.Table, column: str, values: list[str | None] | list[str]) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values, pa.string()))
