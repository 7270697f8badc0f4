"""The generated pages are fresh and complete."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.pages import ROOT

from backbeat import content, errors
from backbeat.cli.app import app
from backbeat.config import SECTIONS, Config
from backbeat.ingest.validate import REASONS
from backbeat.lake import schemas

REFERENCE = ROOT / "docs" / "reference"


def generate(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(root / "docs" / "generate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_generated_pages_are_fresh() -> None:
    done = generate(ROOT, "--check")
    assert done.returncode == 0, f"{done.stderr}\ntype `make docs`"


def test_a_stale_page_is_found_and_written_anew(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "README.md", tmp_path)
    assert generate(tmp_path, "--check").returncode == 0
    stale = tmp_path / "docs" / "reference" / "columns.md"
    stale.write_text(stale.read_text("utf-8").replace("ms_played", "ms_heard"), "utf-8")
    checked = generate(tmp_path, "--check")
    assert checked.returncode == 1
    assert "docs/reference/columns.md: stale" in checked.stderr
    assert generate(tmp_path).returncode == 0
    assert stale.read_text("utf-8") == (REFERENCE / "columns.md").read_text("utf-8")


def commands(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def section(page: str, title: str) -> str:
    """A page's part under a heading."""
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("name", "command"), [*commands(typer.main.get_command(app), ("backbeat",))], ids=lambda v: str(v)
)
def test_every_command_and_option_is_documented(name: str, command: Any) -> None:
    page = (REFERENCE / "command-line.md").read_text("utf-8")
    mine = section(page, name)
    assert mine, f"{name} is not in command-line.md"
    told = mine + section(page, "Options of every command")
    options = [
        option for parameter in command.params if parameter.param_type_name == "option" for option in parameter.opts
    ]
    assert [option for option in options if f"`{option}" not in told and f", {option}" not in told] == []
    assert all(parameter.help for parameter in command.params), f"{name} has an option without help"


def test_every_setting_is_documented() -> None:
    page = (REFERENCE / "configuration.md").read_text("utf-8")
    defaults = Config()
    for name in Config.__struct_fields__:
        if name not in ("sources", *SECTIONS):
            assert_documented(name, getattr(defaults, name), page)
    for section, kind in SECTIONS.items():
        for name in kind.__struct_fields__:
            assert_documented(name, getattr(kind(), name), page.partition(f"## [{section}]")[2])


def assert_documented(name: str, default: Any, page: str) -> None:
    shown = "not set" if default is None else f"`{default}`"
    assert f"| `{name}` | {shown} |" in page


def test_every_exit_code_is_documented() -> None:
    page = (REFERENCE / "exit-codes.md").read_text("utf-8")
    for error in (errors.BackbeatError, *errors.BackbeatError.__subclasses__()):
        assert f"| {error.exit_code} | `{error.__name__}` |" in page


def test_every_reason_code_is_documented() -> None:
    page = (REFERENCE / "raw-contract.md").read_text("utf-8")
    assert [code for code in REASONS if f"| `{code}` |" not in page] == []


def test_every_raw_name_is_documented() -> None:
    page = (REFERENCE / "raw-contract.md").read_text("utf-8")
    names = {
        raw for source in content.sources().values() for column in source.columns for raw in source.raw_names(column)
    }
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def columns_of_every_table() -> dict[str, tuple[str, ...]]:
    silver = {f"silver.{name}": tuple(schemas.silver(source).names) for name, source in content.sources().items()}
    gold = {f"gold.{name}": table.columns for name, table in content.tables().items()}
    return silver | gold | {name: tuple(schema.names) for name, schema in schemas.OPS.items()}


def test_every_column_has_one_meaning() -> None:
    used = {column for columns in columns_of_every_table().values() for column in columns}
    described = set(content.columns())
    assert used - described == set(), "columns.yml lacks these"
    assert described - used == set(), "columns.yml describes these, which no table has"


def test_every_meaning_is_a_sentence() -> None:
    wrong = [name for name, column in content.columns().items() if not column.description.endswith(".")]
    assert wrong == []


@pytest.mark.parametrize("suffix", ["_ms", "_at"])
def test_a_suffix_promises_a_unit(suffix: str) -> None:
    expected = {"_ms": "milliseconds", "_at": "UTC"}[suffix]
    units = {name: column.unit for name, column in content.columns().items() if name.endswith(suffix)}
    assert {name: unit for name, unit in units.items() if unit != expected} == {}


def test_every_table_and_column_is_on_the_page_of_tables() -> None:
    page = (REFERENCE / "tables.md").read_text("utf-8")
    for table, columns in columns_of_every_table().items():
        mine = page.partition(f"\n### {table}\n")[2].partition("\n### ")[0]
        assert [column for column in columns if f"`{column}`" not in mine] == [], table


def test_every_metric_is_on_the_page_of_metrics() -> None:
    page = (REFERENCE / "metrics.md").read_text("utf-8")
    for metric in content.metrics().values():
        assert metric.sql in section(page, metric.title)


def test_the_tables_of_every_batch_are_named_where_following_is_told() -> None:
    told = re.search(
        r"tables of `refresh: batch` \((.*?)\)", (ROOT / "docs" / "how-to" / "follow.md").read_text("utf-8")
    )
    batch = {
        name for name, table in content.tables().items() if table.refresh == "batch" and table.made_from != "alerts"
    }
    assert told and {*re.findall(r"`(\w+)`", told[1])} == batch
