"""Small tables and what they must give, one file a definition in golden/: they are the definitions' examples, too.

`given` are raw sources, `expect` columns of tables as far as they are named; `-` is null. `where` keeps some rows.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from tests.conftest import World

ENGINES = ["duckdb"]
FILES = sorted((Path(__file__).parent / "golden").glob("*.yml"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_it_gives_what_it_must(path: Path, engine: str, new_world: Callable[..., World]) -> None:
    case = yaml.safe_load(path.read_text("utf-8"))
    world = new_world(engine=engine, **case.get("settings", {}))
    for source, text in case["given"].items():
        write(world, source, table(text))
    world.run(close=case.get("closed", True))
    for name, expected in case["expect"].items():
        wanted = table(expected["rows"])
        columns = ", ".join(f'"{column}"' for column in wanted[0])
        kept = f"where {expected['where']}" if "where" in expected else ""
        found = world.sql(f"select {columns} from {name} {kept} order by all")
        assert [{column: shown(value) for column, value in row.items()} for row in found] == sorted_rows(wanted), name


def table(text: str) -> list[dict[str, str | None]]:
    """Lines of cells between bars, the first one the names."""
    names, *lines = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return [dict(zip(names, (None if cell == "-" else cell for cell in line), strict=True)) for line in lines]


def write(world: World, source: str, rows: list[dict[str, str | None]]) -> None:
    """The rows as a raw file of text, but for numbers."""
    numbers = {"amount_paid": pa.float64(), "ms_played": pa.int64(), "duration_ms": pa.int64()}
    typed = [{name: _number(name, value, numbers) for name, value in row.items()} for row in rows]
    types = {name: numbers.get(name, pa.string()) for name in rows[0]}
    world.write(f"{source}/given.parquet", typed, types=types)


def _number(name: str, value: str | None, numbers: dict[str, Any]) -> Any:
    return float(value) if name in numbers and value is not None else value


def shown(value: Any) -> str | None:
    """A value as the files write it: numbers with four digits after the point at most."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return None if value is None else str(value)


def sorted_rows(rows: list[dict[str, str | None]]) -> list[dict[str, str | None]]:
    """In the order of DuckDB's `order by all`: numbers and dates by size, null last."""
    return sorted(rows, key=lambda row: [_rank(value) for value in row.values()])


def _rank(value: str | None) -> tuple[Any, ...]:
    if value is None:
        return (2, "")
    return (0, float(value)) if value.replace(".", "", 1).isdigit() else (1, value)
