"""A place like a clone after the tutorial's first steps: the package's source, a small world, its lake."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.docs.pages import ROOT


@dataclass(frozen=True)
class Place:
    """A folder in which commands run as a reader would run them, with a copy of the package that may be changed."""

    root: Path

    def sh(self, script: str) -> str:
        """Run a script, stopping at its first error, and return what it printed on stdout."""
        return self._run(["bash", "-euo", "pipefail", "-c", script])

    def python(self, program: str) -> str:
        """Run a Python program."""
        return self._run([sys.executable, "-c", program])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.root, env=self._environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"exit code {done.returncode}\n{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BACKBEAT_", "PYTHON"))}
        path = f"{self.root / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
        return {**kept, "PATH": path, "PYTHONPATH": str(self.root / "src")}


def make_place(root: Path) -> Place:
    """The copy of the package, and a `backbeat` that runs it."""
    shutil.copytree(ROOT / "src" / "backbeat", root / "src" / "backbeat", ignore=shutil.ignore_patterns("__pycache__"))
    command = root / "bin" / "backbeat"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m backbeat "$@"\n', "utf-8")
    command.chmod(0o755)
    return Place(root)


@pytest.fixture
def empty_place(tmp_path: Path) -> Place:
    """A clone in which nothing has been run."""
    return make_place(tmp_path)


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with `raw` and `lake`, as the tutorial leaves them, though of the newest three months."""
    place = make_place(tmp_path_factory.mktemp("tutorial"))
    simulate_from(place, "date(2025, 6, 1)")
    place.sh("backbeat simulate raw --customers 300 --quiet && backbeat run --quiet")
    return place.root


def simulate_from(place: Place, start: str) -> None:
    """Let worlds that are made here begin on another day: what a run costs goes with the days."""
    world = place.root / "src" / "backbeat" / "simulate" / "world.py"
    source = world.read_text("utf-8")
    assert source.count("START, END = date(2025, 1, 1)") == 1
    world.write_text(source.replace("START, END = date(2025, 1, 1)", f"START, END = {start}"), "utf-8")


@pytest.fixture
def place(tmp_path: Path, ran: Path) -> Place:
    """A clone in which the tutorial's world has been run."""
    shutil.copytree(ran, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)


@pytest.fixture
def follow() -> Callable[[Place, Path], None]:
    """Do what a page says, block by block."""
    from tests.docs.follow import follow

    return follow
