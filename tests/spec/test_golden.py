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
from tests.spark.small import SPARK

from backbeat import content
from backbeat.build.plan import inputs
from backbeat.build.run import build_values, table_select

FILES = sorted((Path(__file__).parent / "golden").glob("*.yml"))
SLOW = ("active_days", "conversion", "feature_adoption", "funnel", "kpis", "retention_weekly")
"""What takes Spark more than a few seconds even of so few rows."""
ON_SPARK = [pytest.param(path, marks=[pytest.mark.parity] if path.stem in SLOW else []) for path in FILES]


@pytest.fixture(scope="module", params=FILES, ids=lambda path: str(path.stem))
def case(request: pytest.FixtureRequest, new_world: Callable[..., World]) -> tuple[World, dict[str, Any]]:
    """A world that DuckDB has run, and what its gold must hold."""
    case = yaml.safe_load(request.param.read_text("utf-8"))
    world = new_world(**case.get("settings", {}))
    for source, text in case["given"].items():
        write(world, source, table(text))
    world.run(close=case.get("closed", True))
    return world, case["expect"]


def test_a_run_gives_what_it_must(case: tuple[World, dict[str, Any]]) -> None:
    world, expect = case
    for name, expected in expect.items():
        assert found(world.sql(question(name, expected)), expected) == wanted(expected), name


@pytest.mark.parametrize("case", ON_SPARK, indirect=True, ids=lambda path: str(path.stem))
def test_spark_gives_the_same(case: tuple[World, dict[str, Any]]) -> None:
    """By the same texts, over the tables below: whole runs on Spark are compared in tests/spark."""
    world, expect = case
    opened = world.open(engine="spark", spark=SPARK)
    for name, expected in expect.items():
        made = content.tables()[name.removeprefix("gold.")]
        clock = opened.show_published(inputs(made))
        engine = opened.house.engine
        engine.keep_own("computed", table_select(opened.house, made, build_values(opened.house, clock)))
        assert found(engine.rows(question("computed", expected)), expected) == wanted(expected), name


def question(name: str, expected: dict[str, Any]) -> str:
    kept = f"where {expected['where']}" if "where" in expected else ""
    return f"select * from {name} {kept}"


def found(rows: list[dict[str, Any]], expected: dict[str, Any]) -> list[dict[str, str | None]]:
    columns = table(expected["rows"])[0]
    return sorted_rows([{column: shown(row[column]) for column in columns} for row in rows])


def wanted(expected: dict[str, Any]) -> list[dict[str, str | None]]:
    return sorted_rows(table(expected["rows"]))


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
    """Numbers by size, null last."""
    return sorted(rows, key=lambda row: [_rank(value) for value in row.values()])


def _rank(value: str | None) -> tuple[Any, ...]:
    if value is None:
        return (2, "")
    return (0, float(value)) if value.replace(".", "", 1).isdigit() else (1, value)
