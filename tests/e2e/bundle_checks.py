"""What is wrong with an asset bundle, found without a workspace: databricks-bundles knows the fields of resources; what it
does not look at (references, files, what the tasks call) is looked at here."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import typer
from databricks.bundles.jobs import Job
from databricks.bundles.schemas import Schema
from databricks.bundles.volumes import Volume
from tests.e2e.bundle import Target, UnresolvedError, read

from backbeat.api import open_lake
from backbeat.cli.app import app
from backbeat.errors import UsageError
from backbeat.settings import is_setting

KINDS: dict[str, Any] = {"jobs": Job, "schemas": Schema, "volumes": Volume}
FIELDS = {
    "bundle": {"bundle", "include", "sync", "artifacts", "variables", "targets", "resources", "workspace"},
    "bundle.bundle": {"name", "databricks_cli_version"},
    "bundle.sync": {"paths", "include", "exclude"},
    "a variable": {"description", "type", "default"},
    "an artifact": {"type", "path", "build"},
    "a target": {"mode", "default", "variables", "resources", "workspace"},
    "a workspace": {"root_path"},
}
"""The fields that are used of those which databricks-bundles does not know; others are refused, hosts among them."""
SECRET = re.compile(r"(?i)(token|password|secret|access_?key)|https?://|\bdapi[0-9a-f]{8}|\bAKIA")
NOTEBOOK = "# Databricks notebook source\n"
EXTRAS = ("notify", "predict")
"""The extras of the wheel that a run makes use of."""


def problems(root: Path, wheel: Path) -> list[str]:
    """What is wrong, a line each. `root` is the folder of databricks.yml, `wheel` the file that the bundle builds."""
    files = read(root)
    main = files[root / "databricks.yml"]
    found = [*_unknown_fields(main), *(f"{path.name}: {line}" for path in files for line in _secrets(path))]
    targets = () if found else [Target(name, files) for name in main["targets"]]
    return found + [f"{target.name}: {line}" for target in targets for line in _of_target(target, wheel)]


def _unknown_fields(main: Mapping[str, Any]) -> Iterator[str]:
    parts = [("bundle", main), ("bundle.bundle", main["bundle"]), ("bundle.sync", main["sync"])]
    parts += [("a variable", each) for each in main["variables"].values()]
    parts += [("an artifact", each) for each in main.get("artifacts", {}).values()]
    parts += [("a target", each) for each in main["targets"].values()]
    parts += [("a workspace", each["workspace"]) for each in main["targets"].values() if "workspace" in each]
    for what, part in parts:
        for name in part.keys() - FIELDS[what]:
            yield f"{what} has no field {name}"


def _secrets(path: Path) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        if SECRET.search(line):
            yield f"a secret or an address of somebody's: {line.strip()}"


def _of_target(target: Target, wheel: Path) -> Iterator[str]:
    """Of the resources' fields first; what they refer to and call only where these are right."""
    try:
        target.resolved(target.own.get("workspace", {}))
        wrong = [line for kind, name, given in target.resources for line in _wrong_fields(kind, name, given)]
    except UnresolvedError as error:
        wrong = [str(error)]
    yield from wrong
    if not wrong:
        yield from _wrong_variables(target)
        yield from _wrong_volumes(target)
        for name, job in target.of_kind("jobs").items():
            yield from (f"jobs.{name}: {line}" for line in _wrong_job(target, wheel, job))


def _wrong_start(target: Target, job: Mapping[str, Any]) -> Iterator[str]:
    """Databricks pauses the jobs of a development target only where they do not say that they are not paused."""
    starts = [job[kind] for kind in ("schedule", "continuous", "trigger") if kind in job]
    if len(starts) > 1:
        yield "a job is started in one way"
    if target.own.get("mode") == "development" and any(start.get("pause_status") == "UNPAUSED" for start in starts):
        yield "runs by itself in a development target"


def _wrong_fields(kind: str, name: str, given: Any) -> Iterator[str]:
    """A resource as its class takes it, and gives it back: what the class has turned into another type differs."""
    if kind not in KINDS:
        yield f"there are no {kind}"
        return
    try:
        back = KINDS[kind].from_dict(given).as_dict()
    except (ValueError, TypeError) as error:
        yield f"{kind}.{name}: {error}"
        return
    yield from (f"{kind}.{name}{line}" for line in _differences(given, back))


def _differences(one: Any, other: Any) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from (f".{key}{line}" for line in _differences(one.get(key), other.get(key)))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for n, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from (f"[{n}]{line}" for line in _differences(mine, theirs))
    elif type(one) is not type(other) or one != other:
        yield f": {one!r} is of another type than {other!r}"


def _wrong_variables(target: Target) -> Iterator[str]:
    known = target.main["variables"]
    for name in target.own.get("variables", {}).keys() - known.keys():
        yield f"there is no variable {name}"
    texts = str([*target.files.values()])
    for name in known:
        if f"${{var.{name}}}" not in texts:
            yield f"nobody asks for the variable {name}"


def _wrong_volumes(target: Target) -> Iterator[str]:
    for name, volume in target.of_kind("volumes").items():
        if (volume.get("volume_type") == "EXTERNAL") != ("storage_location" in volume):
            yield f"volumes.{name}: a volume has a location if and only if it is external"


def _wrong_job(target: Target, wheel: Path, job: Mapping[str, Any]) -> Iterator[str]:
    yield from _wrong_start(target, job)
    yield from _wrong_schedule(job.get("schedule"))
    clusters = {each["job_cluster_key"]: each["new_cluster"] for each in job["job_clusters"]}
    tasks = {each["task_key"] for each in job["tasks"]}
    for task in job["tasks"]:
        if "continuous" in job and "max_retries" in task:
            yield "a continuous job has its own way to try again"
        yield from (f"there is no task {each}" for each in _before(task) - tasks)
        yield from (line for library in task["libraries"] for line in _wrong_library(target, library))
        cluster = clusters.get(task["job_cluster_key"])
        if cluster is None:
            yield f"there is no cluster {task['job_cluster_key']}"
        else:
            yield from _wrong_call(target, wheel, task, cluster.get("spark_env_vars", {}))


def _wrong_schedule(schedule: Any) -> Iterator[str]:
    """Quartz: seconds to years in 6 or 7 fields, of the days of the month and of the week exactly one is `?`."""
    if not schedule:
        return
    fields = schedule["quartz_cron_expression"].split()
    are_right = all(re.fullmatch(r"[\d*?,/LW#A-Z-]+", field) for field in fields)
    if len(fields) not in (6, 7) or not are_right or [fields[3], fields[5]].count("?") != 1:
        yield f"{' '.join(fields)} is no schedule of Quartz"
    try:
        ZoneInfo(schedule["timezone_id"])
    except (KeyError, ValueError):
        yield f"{schedule['timezone_id']} is no time zone"


def _before(task: Mapping[str, Any]) -> set[str]:
    return {each["task_key"] for each in task.get("depends_on", [])}


def _wrong_library(target: Target, library: Mapping[str, str]) -> Iterator[str]:
    ((kind, named),) = library.items()
    path = Path(named)
    if kind == "whl" and path.parent not in [target.place(f"{each['path']}/dist") for each in _artifacts(target)]:
        yield f"no artifact is built in {path}"
    if kind == "requirements" and not any(path.is_relative_to(target.place(at)) for at in target.main["sync"]["paths"]):
        yield f"{path} is not copied to the workspace"
    if kind == "requirements":
        yield from _wrong_lock(path, target.place("../..") / "pyproject.toml")


def _artifacts(target: Target) -> list[Any]:
    return [*target.main["artifacts"].values()]


def _wrong_lock(path: Path, project: Path) -> Iterator[str]:
    """What the wheel needs, by itself and for what a run does, and the lock has not."""
    if not path.is_file():
        yield f"{path} is not there"
        return
    said = tomllib.loads(project.read_text("utf-8"))["project"]
    extras = [said["optional-dependencies"][each] for each in EXTRAS]
    wanted = [*said["dependencies"], *(name for extra in extras for name in extra)]
    locked = set(re.findall(r"^([\w-]+)==", path.read_text("utf-8"), re.MULTILINE))
    for name in {re.split(r"[\[>=<; ]", each)[0] for each in wanted} - locked:
        yield f"{path.name} does not lock {name}"


def _wrong_call(target: Target, wheel: Path, task: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    called, notebook = task.get("python_wheel_task"), task.get("notebook_task")
    words = [*(called or {}).get("parameters", []), *(notebook or {}).get("base_parameters", {}).values()]
    yield from _wrong_places(target, words)
    if called:
        yield from _wrong_entry(wheel, called)
        yield from wrong_words(words, environment)
    if notebook:
        yield from _wrong_notebook(notebook)


def _wrong_places(target: Target, words: list[str]) -> Iterator[str]:
    volumes = target.of_kind("volumes").values()
    places = {f"/Volumes/{each['catalog_name']}/{each['schema_name']}/{each['name']}" for each in volumes}
    for word in words:
        if word.startswith("/Volumes/") and "/".join(word.split("/")[:5]) not in places:
            yield f"{word} is in no volume of the bundle"


def _wrong_entry(wheel: Path, task: Mapping[str, Any]) -> Iterator[str]:
    archive = ZipFile(wheel)
    metadata = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    if f"Name: {task['package_name']}\n" not in metadata["METADATA"]:
        yield f"the wheel is not of a package {task['package_name']}"
    points = ConfigParser()
    points.read_string(metadata["entry_points.txt"])
    if task["entry_point"] not in points["console_scripts"]:
        yield f"the wheel has no entry point {task['entry_point']}"


def wrong_words(words: list[str], environment: Mapping[str, str]) -> Iterator[str]:
    """What our command line, and our settings, have against the words of a task; nothing is run."""
    usage_errors: Any = typer.BadParameter.__mro__[1]
    with patch.dict(os.environ, {name: text for name, text in environment.items() if is_setting(name)}):
        try:
            given = _parsed(words)
            open_lake(**{name: given[name] for name in ("lake", "raw", "engine")})
        except (UsageError, usage_errors) as error:
            yield error.format_message() if isinstance(error, usage_errors) else str(error)
            return
    if "://" not in given["lake"]:
        yield f"the driver can't commit to {given['lake']}"


def _parsed(words: list[str]) -> dict[str, Any]:
    """The options of a command, its own and those that every command has."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("backbeat", [*words])
    name, chosen, rest = command.resolve_command(context, [*context._protected_args, *context.args])
    found: dict[str, Any] = chosen.make_context(name, rest, parent=context).params
    return found


def _wrong_notebook(task: Mapping[str, Any]) -> Iterator[str]:
    path = Path(task["notebook_path"])
    if not path.is_file() or not path.read_text("utf-8").startswith(NOTEBOOK):
        yield f"{path} is no notebook"
        return
    asked = set(re.findall(r'asked\("(\w+)"', path.read_text("utf-8")))
    for name in task["base_parameters"].keys() - asked:
        yield f"{path.name} does not ask for {name}"
