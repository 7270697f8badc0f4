"""The notebook tour, taken cell by cell: here, or as a process of its own.

`python -m tests.spark.touring FOLDER ENGINE` leaves what it showed in FOLDER/shown.pickle; where a `backbeat.toml` lies
in the working folder, its settings hold.
"""

import pickle
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

NOTEBOOK = Path(__file__).parents[2] / "deploy" / "databricks" / "tour.py"
CUSTOMERS = 60


@dataclass
class Databricks:
    """What Databricks itself puts into a notebook: `dbutils` with its widgets, `display`."""

    given: dict[str, str]
    shown: list[Any] = field(default_factory=list)
    asked: dict[str, str] = field(default_factory=dict)

    @property
    def widgets(self) -> "Databricks":
        return self

    def text(self, name: str, default: str) -> None:
        self.asked[name] = default

    def get(self, name: str) -> str:
        return self.given.get(name, self.asked[name])

    def display(self, frame: pd.DataFrame) -> None:
        """As Databricks: a frame, and no empty one, whose columns have no types."""
        assert isinstance(frame, pd.DataFrame) and len(frame)
        self.shown.append(frame)


@dataclass(frozen=True)
class Tour:
    """What the cells have left: their names, and what they showed."""

    names: dict[str, Any]
    shown: list[Any]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.names["lake"].sql(sql).to_pylist()
        return found


def cells() -> list[str]:
    return NOTEBOOK.read_text("utf-8").split("# COMMAND ----------\n")


def take(folder: Path, engine: str) -> Tour:
    """Run every cell in order, exactly as it is written."""
    given = {"raw": f"{folder}/raw", "lake": f"{folder}/lake", "engine": engine, "customers": str(CUSTOMERS)}
    databricks = Databricks(given)
    names: dict[str, Any] = {"dbutils": databricks, "display": databricks.display}
    for number, cell in enumerate(cells()):
        exec(compile(cell, f"{NOTEBOOK.name}, cell {number}", "exec"), names)
    assert databricks.asked.keys() == given.keys()
    return Tour(names, databricks.shown)


OF_A_RUN = ["lake", "newest_arrival"]
"""What the status says of this lake alone."""


def is_same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two cells showed the same; floats may differ in the last digits, since sums have no order."""
    kept = [frame.drop(columns=OF_A_RUN, errors="ignore") for frame in (one, other)]
    try:
        pd.testing.assert_frame_equal(*kept, check_dtype=False)
    except AssertionError:
        return False
    return True


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "shown.pickle").write_bytes(pickle.dumps(take(folder, sys.argv[2]).shown))
