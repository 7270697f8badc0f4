"""The Databricks Asset Bundle: valid without a workspace, and what its jobs call is what the wheel does."""

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.conftest import World
from tests.e2e.bundle_checks import problems
from tests.e2e.conftest import ROOT

BUNDLE = ROOT / "deploy" / "databricks"
LOCK, PROJECT = "requirements/run.txt", "pyproject.toml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The bundle at its place in a clone that has nothing but what the bundle names."""
    root = tmp_path / "clone"
    shutil.copytree(BUNDLE, root / "deploy" / "databricks", ignore=shutil.ignore_patterns("dist", ".databricks"))
    for name in (LOCK, PROJECT):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root / "deploy" / "databricks"


def test_the_bundle_is_valid_for_both_targets(wheel: Path) -> None:
    assert {*yaml.safe_load((BUNDLE / "databricks.yml").read_text("utf-8"))["targets"]} == {"dev", "prod"}
    assert problems(BUNDLE, wheel) == []


MAIN, JOBS, STORAGE, TOUR = "databricks.yml", "resources/jobs.yml", "resources/storage.yml", "tour.py"
BREAKAGES = [
    (JOBS, "max_concurrent_runs:", "max_concurent_runs:", "Unexpected field 'max_concurent_runs'"),
    (JOBS, "entry_point: backbeat", "entrypoint: backbeat", "Unexpected field 'entrypoint'"),
    (JOBS, "            package_name: backbeat\n", "", "missing 1 required keyword-only argument: 'package_name'"),
    (JOBS, "max_concurrent_runs: 1", "max_concurrent_runs: often", "invalid literal for int"),
    (JOBS, "max_concurrent_runs: 1", "max_concurrent_runs: '1'", "'1' is of another type than 1"),
    (JOBS, "name: backbeat-batch", "name: [backbeat]", "is of another type than"),
    (JOBS, "- requirements: ../", "- requirement: ../", "Unexpected field 'requirement'"),
    (STORAGE, "volume_type: MANAGED", "volume_type: OWNED", "'OWNED' is not a valid VolumeType"),
    (STORAGE, "  schemas:", "  schemata:", "leads nowhere"),
    (STORAGE, "name: ${var.schema}", "name: ${var.shema}", "${var.shema} leads nowhere"),
    (STORAGE, "${resources.schemas.backbeat.name}", "${resources.schemas.raw.name}", "leads nowhere"),
    (MAIN, "${bundle.target}", "${bundle.targets}", "prod: ${bundle.targets} leads nowhere"),
    (MAIN, "${workspace.current_user.userName}", "${workspace.user}", "prod: ${workspace.user} leads nowhere"),
    (MAIN, "artifacts:", "artefacts:", "bundle has no field artefacts"),
    (MAIN, "mode: production", "modus: production", "a target has no field modus"),
    (MAIN, "    description: The schema", "    describe: The schema", "a variable has no field describe"),
    (MAIN, "  timezone:\n", "  zone:\n", "${var.timezone} leads nowhere"),
    (MAIN, "    default: us-east-1\n", "", "${var.region} leads nowhere"),
    (MAIN, "      jobs:\n        tour:", "      pipelines:\n        tour:", "dev: there are no pipelines"),
    (MAIN, "  name: backbeat\n", "  names: backbeat\n", "bundle.bundle has no field names"),
    (MAIN, "  paths:\n", "  path:\n", "bundle.sync has no field path"),
    (MAIN, "    build: python3", "    command: python3", "an artifact has no field command"),
    (MAIN, "    mode: development", "    variables: {zone: UTC}", "dev: there is no variable zone"),
    (MAIN, "${var.region}", "us-east-1", "nobody asks for the variable region"),
    (MAIN, "spark_version:", "spark_versions:", "Unexpected field 'spark_versions'"),
    (MAIN, "CATALOG: ${var.tables_catalog}", "CATALOG: ${var.catalog}.gold", "name a catalog alone"),
    (MAIN, 'PARTITIONS: "16"', "PARTITIONS: 16", "16 is of another type than '16'"),
    (MAIN, 'PARTITIONS: "16"', 'PARTITIONS: "many"', "write a whole number"),
    (MAIN, "BACKBEAT_TIMEZONE", "BACKBEAT_TIME_ZONE", "there is no setting BACKBEAT_TIME_ZONE"),
    (MAIN, "storage_location:", "storage_loc:", "Unexpected field 'storage_loc'"),
    (MAIN, "          storage_location: ${var.raw_location}\n", "", "if and only if it is external"),
    (MAIN, "      root_path:", "      host: https://example.com\n      root_path:", "a workspace has no field host"),
    (MAIN, "    default: PAUSED", "    default: UNPAUSED", "dev: jobs.batch: runs by itself in a development target"),
    (MAIN, "AWS_REGION:", "AWS_SECRET_ACCESS_KEY:", "a secret or an address of somebody's"),
    (MAIN, "notebook_path: ./tour.py", "notebook_path: ./tours.py", "tours.py is no notebook"),
    (MAIN, "                  engine: spark\n", "                  engines: spark\n", "does not ask for engines"),
    (MAIN, "          name: tour\n", "          name: tours\n          volume_type: 1\n", "not a valid VolumeType"),
    (MAIN, "raw: /Volumes/${resources.volumes.tour", "raw: /Volumes/x${resources.volumes.tour", "is in no volume"),
    (MAIN, "    - ../../requirements\n", "", "is not copied to the workspace"),
    (TOUR, "# Databricks notebook source", "# A notebook", "is no notebook"),
    (JOBS, "- --raw\n              - /Volumes", "- --raw\n              - /Volumes/x", "is in no volume of the bundle"),
    (JOBS, "              - ${var.lake}", "              - /Volumes/main/backbeat/raw", "the driver can't commit to"),
    (JOBS, "- --follow", "- --folow", "No such option: --folow"),
    (JOBS, "- run\n              - --wait", "- runs\n              - --wait", "No such command 'runs'"),
    (JOBS, "- spark\n", "- sprak\n", "engine 'sprak' is not available"),
    (JOBS, "entry_point: backbeat", "entry_point: bakbeat", "no entry point bakbeat"),
    (JOBS, "package_name: backbeat", "package_name: bakbeat", "not of a package bakbeat"),
    (JOBS, "0 7 * * * ?", "7 * * * *", "is no schedule of Quartz"),
    (JOBS, "0 7 * * * ?", "0 7 * * * *", "is no schedule of Quartz"),
    (JOBS, "timezone_id: UTC", "timezone_id: Mars", "Mars is no time zone"),
    (
        JOBS,
        "      continuous:\n",
        "      schedule: {quartz_cron_expression: '0 0 0 * * ?', timezone_id: UTC}\n      continuous:\n",
        "in one way",
    ),
    (JOBS, "- task_key: follow\n", "- task_key: follow\n          max_retries: 1\n", "its own way to try again"),
    (JOBS, "- task_key: run\n", "- task_key: run\n          depends_on: [{task_key: load}]\n", "there is no task load"),
    (
        JOBS,
        "          job_cluster_key: spark\n          max",
        "          job_cluster_key: park\n          max",
        "no cluster park",
    ),
    (JOBS, "../../../requirements/run.txt", "../../requirements/run.txt", "is not there"),
    (JOBS, "- whl: ../dist", "- whl: ./dist", "no artifact is built in"),
    (f"../../{LOCK}", "scikit-learn==", "scikit==", "does not lock scikit-learn"),
]


@pytest.mark.parametrize(("file", "right", "wrong", "said"), BREAKAGES, ids=range(len(BREAKAGES)))
def test_what_is_broken_is_said(copy: Path, wheel: Path, file: str, right: str, wrong: str, said: str) -> None:
    text = (copy / file).read_text("utf-8")
    assert right in text
    (copy / file).write_text(text.replace(right, wrong), "utf-8")
    assert [line for line in problems(copy, wheel) if said in line] != [], problems(copy, wheel)


def test_a_copy_that_nobody_broke_is_valid(copy: Path, wheel: Path) -> None:
    assert problems(copy, wheel) == []


def test_the_artifact_is_built_where_the_jobs_look_for_it(copy: Path) -> None:
    root = copy.parents[1]
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("README.md", "LICENSE"):
        shutil.copy(ROOT / name, root / name)
    (artifact,) = yaml.safe_load((copy / MAIN).read_text("utf-8"))["artifacts"].values()
    words = artifact["build"].replace("python3", sys.executable, 1).split()
    words = [*words[:4], "--no-build-isolation", "--no-index", *words[4:]]
    subprocess.run(words, cwd=copy / artifact["path"], check=True)
    (built,) = copy.glob("dist/*.whl")
    assert "backbeat/cli/__init__.py" in zipfile.ZipFile(built).namelist()


CALLED = """
import sys
from importlib.metadata import distribution
(point,) = [each for each in distribution("backbeat").entry_points if each.name == sys.argv[1]]
sys.argv = sys.argv[1:]
point.load()()
print("returned")
"""


def called(wheel: Path, tmp_path: Path, task: dict[str, list[str]], **places: str) -> subprocess.CompletedProcess[str]:
    """A task's entry point, called as Databricks calls it, on another engine and other places."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    words = [*task["parameters"]]
    for flag, place in places.items():
        words[words.index(f"--{flag}") + 1] = place
    return subprocess.run(
        [sys.executable, "-c", CALLED, str(task["entry_point"]), *words],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def batch_task() -> dict[str, list[str]]:
    jobs = yaml.safe_load((BUNDLE / JOBS).read_text("utf-8"))["resources"]["jobs"]
    found: dict[str, list[str]] = jobs["batch"]["tasks"][0]["python_wheel_task"]
    return found


def test_the_batch_task_runs_and_returns(
    wheel: Path, tmp_path: Path, new_world: Callable[..., World], batch_task: dict[str, list[str]]
) -> None:
    world = new_world()
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01T10:00:00Z"))
    done = called(wheel, tmp_path, batch_task, lake=str(world.lake), raw=str(world.raw), engine="duckdb")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "returned"), done.stderr
    assert world.pairs("gold.kpi_summary", "metric", "value")["session_adoption_rate"] == 100.0


def test_a_task_that_can_not_run_fails(wheel: Path, tmp_path: Path, batch_task: dict[str, list[str]]) -> None:
    nowhere = str(tmp_path / "nowhere")
    done = called(wheel, tmp_path, batch_task, lake=str(tmp_path / "lake"), raw=nowhere, engine="duckdb")
    assert done.returncode == 3
    assert "returned" not in done.stdout
