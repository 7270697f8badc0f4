"""The command line as a process, as people run it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.bucket import served_bucket
from tests.conftest import World

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command answered: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def backbeat(*arguments: str, cwd: Path | None = None, **environment: str) -> Answer:
    """Run `backbeat …` in a process of its own."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("BACKBEAT_")}
    found = subprocess.run(
        [sys.executable, "-m", "backbeat", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, **environment},
        check=False,
    )
    return Answer(found.returncode, found.stdout, found.stderr)


def places(world: World) -> tuple[str, ...]:
    """The flags that name a world's folders."""
    return "--raw", str(world.raw), "--lake", str(world.lake)


@pytest.fixture(scope="module")
def done(new_world: Callable[..., World]) -> World:
    """A small world with one run behind it; tests only read it."""
    world = new_world()
    world.write(
        "customers/c.parquet", [{"customer_id": f"c{n}", "country": "SE" if n < 6 else "=cmd()"} for n in range(12)]
    )
    world.sessions(*[(f"s{n}", f"c{n}", f"2025-07-0{1 + n % 3}T10:00:00Z") for n in range(9)], ("bad", "c1", "never"))
    world.run()
    return world


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the working tree."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A bucket on this machine, in the environment."""
    with served_bucket() as client:
        yield client
