"""A wheel alone is enough: no source tree, nothing beside it."""

import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.conftest import World
from tests.e2e.conftest import backbeat, places

ROOT = Path(__file__).parents[2]


def test_a_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_an_unpacked_wheel_runs(wheel: Path, tmp_path: Path, new_world: Callable[..., World]) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    answer = backbeat("run", *places(world), cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    assert answer.code == 0, answer.err
    assert world.pairs("gold.kpi_summary", "metric", "value")["session_adoption_rate"] == 100.0


def test_git_keeps_every_file_of_the_package() -> None:
    found = subprocess.run(
        ["git", "check-ignore", *map(str, (ROOT / "src").rglob("*.*"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in found.stdout.splitlines() if "__pycache__" not in line] == []
