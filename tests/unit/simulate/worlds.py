"""A simulated world as the tests read it: with plain pyarrow, never with the pipeline's code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds


@dataclass(frozen=True)
class World:
    root: Path
    truth: dict[str, Any]

    def rows(self, source: str, *columns: str) -> list[tuple[Any, ...]]:
        """The rows of a clean source."""
        table = ds.dataset(self.root / source, format="parquet").to_table(list(columns))
        return list(zip(*(table[name].to_pylist() for name in columns), strict=True))

    def files(self, source: str) -> list[Path]:
        """The parquet files that a reader should look at."""
        found = sorted((self.root / source).rglob("*.parquet"))
        return [path for path in found if not any(part[0] in "._" for part in path.relative_to(self.root).parts)]
