"""What deploy/ starts, started: the words of its files, with the installed wheel's own command."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from tests.bucket import free_port
from tests.conftest import World
from tests.e2e.browser.test_access import get
from tests.e2e.conftest import ROOT

DEPLOY = ROOT / "deploy"
PATIENCE = 60


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which `backbeat` is the wheel's command, in a prefix that holds nothing else."""
    prefix = tmp_path_factory.mktemp("prefix")
    install = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--ignore-installed", "-q"]
    subprocess.run([*install, "--prefix", str(prefix), str(wheel)], check=True)
    packages = next(prefix.rglob("site-packages"))
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("BACKBEAT_", "PYTHONPATH"))}
    return {
        **clean,
        "PATH": f"{prefix / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(packages),
    }


@pytest.fixture(scope="module")
def lake(new_world: Callable[..., World]) -> str:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01T10:00:00Z"))
    world.run()
    return str(world.lake)


def container() -> dict[str, str]:
    """The Containerfile's last instruction of each kind, and `RUN python` apart from the other runs."""
    text = (DEPLOY / "container" / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.partition(" ") for line in text.splitlines() if line and line[0] != "#"]
    return {("WARM" if rest.startswith("python ") else kind): rest for kind, _, rest in lines}


@contextmanager
def started(command: list[str], environment: dict[str, str], port: int, where: Path) -> Iterator[str]:
    """The address of a server that a command starts."""
    process = subprocess.Popen(command, env=environment, cwd=where, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not is_up(address):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answered:
            return bool(json.load(answered)["status"] == "ok")
    except OSError:
        return False


def test_the_container_serves_who_has_the_token_and_is_healthy(
    installed: dict[str, str], lake: str, tmp_path: Path
) -> None:
    said, port = container(), free_port()
    environment = {**installed, "BACKBEAT_LAKE": lake, "BACKBEAT_TOKEN": "right"}
    subprocess.run(["sh", "-c", said["WARM"]], check=True, env=environment, cwd=tmp_path)
    words = [*yaml.safe_load(said["ENTRYPOINT"]), *yaml.safe_load(said["CMD"]), "--port", str(port)]
    health = shlex.split(said["HEALTHCHECK"].removeprefix("CMD ").replace(said["EXPOSE"], str(port)))
    assert said["EXPOSE"] in said["HEALTHCHECK"]
    with started(words, environment, port, tmp_path) as address:
        assert get(f"{address}/overview")[0] == 401
        assert get(f"{address}/overview", authorization="Bearer right")[0] == 200
        subprocess.run(health, check=True, env=environment, cwd=tmp_path)


def test_the_databricks_app_serves_whom_its_proxy_names(installed: dict[str, str], lake: str, tmp_path: Path) -> None:
    app, port = yaml.safe_load((DEPLOY / "databricks-app" / "app.yaml").read_text("utf-8")), free_port()
    given = {each["name"]: each["value"] for each in app["env"]} | {"BACKBEAT_LAKE": lake}
    environment = {**installed, **given, "DATABRICKS_APP_PORT": str(port)}
    with started(app["command"], environment, port, tmp_path) as address:
        assert get(f"{address}/overview")[0] == 401
        assert get(f"{address}/overview", x_forwarded_email="a@b.example")[0] == 200


def test_the_app_requires_what_the_wheel_offers(wheel: Path) -> None:
    (wanted,) = (DEPLOY / "databricks-app" / "requirements.txt").read_text("utf-8").split()
    archive = zipfile.ZipFile(wheel)
    metadata = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    name, extra = re.fullmatch(r"(\w+)\[(\w+)\]", wanted).groups()  # type: ignore[union-attr]
    assert f"Name: {name}" in metadata
    assert f"Provides-Extra: {extra}" in metadata


def test_the_container_installs_from_files_that_are_there() -> None:
    files = re.findall(r"-r /src/(\S+)", container()["RUN"])
    assert len(files) == 2
    assert all((ROOT / file).exists() for file in files)
