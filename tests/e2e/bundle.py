"""What is wrong with an asset bundle, found without a workspace: databricks-bundles knows the fields of resources, and what
it does not look at (references, files, what the tasks call) is looked at here."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import typer
import yaml
from databricks.bundles.jobs import Job
from databricks.bundles.schemas import Schema
from databricks.bundles.volumes import Volume

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
GIVEN = {
    "workspace.current_user.userName": "someone@example.com",
    "var.lake": "s3://bucket/lake",
    "var.instance_profile": "arn:aws:iam::123456789012:instance-profile/name",
}
"""What the workspace knows, and what whoever deploys has to say."""
REFERENCE = re.compile(r"\$\{([^}]*)\}")
SECRET = re.compile(r"(?i)(token|password|secret|access_?key)|https?://|\bdapi[0-9a-f]{8}|\bAKIA")
NOTEBOOK = "# Databricks notebook source\n"


class UnresolvedError(Exception):
    """A reference leads nowhere."""


def problems(root: Path, wheel: Path) -> list[str]:
    """What is wrong, a line each. `root` is the folder of databricks.yml, `wheel` the file that the bundle builds."""
    read = {path: yaml.safe_load(path.read_text("utf-8")) for path in _files(root)}
    main = read[root / "databricks.yml"]
    found = [*_unknown_fields(main), *(f"{path.name}: {line}" for path in read for line in _secrets(path))]
    for name in () if found else main["targets"]:
        target = Target(root, name, read, wheel)
        found += [f"{name}: {line}" for line in target.problems()]
    return found


def _files(root: Path) -> list[Path]:
    main = root / "databricks.yml"
    return [main, *(path for each in yaml.safe_load(main.read_text("utf-8"))["include"] for path in root.glob(each))]


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


@dataclass(frozen=True)
class Target:
    """The bundle as it is deployed to one target."""

    root: Path
    name: str
    read: Mapping[Path, Any]
    wheel: Path

    def problems(self) -> Iterator[str]:
        """Of the resources' fields first; what they refer to and call only where these are right."""
        try:
            wrong = [line for kind, name, given in self.resources for line in _wrong_fields(kind, name, given)]
            yield from wrong
            if not wrong:
                yield from self._wrong_meaning()
            self._resolved(self._said.get("workspace", {}))
        except UnresolvedError as error:
            yield f"{error} leads nowhere"

    @cached_property
    def resources(self) -> list[tuple[str, str, Any]]:
        """Kind, name and fields of each, with all references resolved. Raises UnresolvedError."""
        return [
            (kind, name, self._resolved(given))
            for kind, named in self._declared.items()
            for name, given in named.items()
        ]

    @property
    def _main(self) -> Any:
        return self.read[self.root / "databricks.yml"]

    @property
    def _said(self) -> Any:
        return self._main["targets"][self.name]

    @cached_property
    def _declared(self) -> Any:
        found: Any = {}
        for path, file in self.read.items():
            found = _merged(found, _placed(file.get("resources", {}), path.parent))
        return _merged(found, _placed(self._said.get("resources", {}), self.root))

    def _resolved(self, value: Any) -> Any:
        """Texts, and what they are in, with every reference replaced by what it stands for."""
        if isinstance(value, dict):
            return {key: self._resolved(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, str):
            return value
        if whole := REFERENCE.fullmatch(value):
            return self._resolved(self._meant(whole[1]))
        return REFERENCE.sub(lambda found: str(self._resolved(self._meant(found[1]))), value)

    def _meant(self, reference: str) -> Any:
        kind, *path = reference.split(".")
        try:
            if reference in GIVEN and (kind != "var" or path[0] in self._main["variables"]):
                return GIVEN[reference]
            if kind == "var":
                return {**self._main["variables"][path[0]], **self._override(path[0])}["default"]
            value = {"bundle": {**self._main["bundle"], "target": self.name}, "resources": self._declared}[kind]
            for name in path:
                value = value[name]
            return value
        except (KeyError, TypeError) as error:
            raise UnresolvedError(f"${{{reference}}}") from error

    def _override(self, variable: str) -> dict[str, Any]:
        given = self._said.get("variables", {})
        return {"default": given[variable]} if variable in given else {}

    def _wrong_meaning(self) -> Iterator[str]:
        yield from self._wrong_names()
        for kind, name, given in self.resources:
            if kind == "jobs":
                yield from (f"jobs.{name}: {line}" for line in self._wrong_job(given))
            if kind == "volumes" and (given.get("volume_type") == "EXTERNAL") != ("storage_location" in given):
                yield f"volumes.{name}: a volume has a location if and only if it is external"

    def _wrong_names(self) -> Iterator[str]:
        for name in {*self._said.get("variables", {})} - {*self._main["variables"]}:
            yield f"there is no variable {name}"
        texts = str([self._main, *self.read.values()])
        for name in self._main["variables"]:
            if f"${{var.{name}}}" not in texts:
                yield f"nobody asks for the variable {name}"

    def _wrong_job(self, job: Mapping[str, Any]) -> Iterator[str]:
        if len(job.keys() & {"schedule", "continuous", "trigger"}) > 1:
            yield "a job is started in one way"
        yield from _wrong_schedule(job.get("schedule"))
        clusters = {each["job_cluster_key"]: each["new_cluster"] for each in job["job_clusters"]}
        tasks = {each["task_key"] for each in job["tasks"]}
        for task in job["tasks"]:
            if task["job_cluster_key"] not in clusters:
                yield f"there is no cluster {task['job_cluster_key']}"
                continue
            if "continuous" in job and "max_retries" in task:
                yield "a continuous job has its own way to try again"
            yield from (f"there is no task {each}" for each in _before(task) - tasks)
            yield from self._wrong_task(task, clusters[task["job_cluster_key"]].get("spark_env_vars", {}))

    def _wrong_task(self, task: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        for library in task["libraries"]:
            yield from self._wrong_library(library)
        if wheel_task := task.get("python_wheel_task"):
            yield from self._wrong_call(wheel_task, environment)
        if notebook_task := task.get("notebook_task"):
            yield from self._wrong_notebook(notebook_task)
        called = [*(wheel_task or {}).get("parameters", []), *(notebook_task or {}).get("base_parameters", {}).values()]
        yield from self._wrong_volumes(called)

    def _wrong_library(self, library: Mapping[str, str]) -> Iterator[str]:
        ((kind, path),) = library.items()
        if kind == "whl" and Path(path).parent != self._built():
            yield f"no artifact is built in {path}"
        if kind == "requirements" and not Path(path).is_file():
            yield f"{path} is not there"
        elif kind == "requirements":
            yield from self._wrong_lock(Path(path))
        if kind == "requirements" and not any(Path(path).is_relative_to(place) for place in self._synced()):
            yield f"{path} is not copied to the workspace"

    def _built(self) -> Path:
        (artifact,) = self._main["artifacts"].values()
        return _normal(self.root / artifact["path"] / "dist")

    def _synced(self) -> list[Path]:
        return [_normal(self.root / path) for path in self._main["sync"]["paths"]]

    def _wrong_lock(self, path: Path) -> Iterator[str]:
        """What the wheel needs, by itself and for what a run does, and the lock has not."""
        project = tomllib.loads((_normal(self.root / "../..") / "pyproject.toml").read_text("utf-8"))["project"]
        extras = [project["optional-dependencies"][each] for each in ("notify", "predict")]
        wanted = [*project["dependencies"], *(name for extra in extras for name in extra)]
        locked = set(re.findall(r"^([\w-]+)==", path.read_text("utf-8"), re.MULTILINE))
        for name in {re.split(r"[\[>=<; ]", each)[0] for each in wanted} - locked:
            yield f"{path.name} does not lock {name}"

    def _wrong_call(self, task: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        archive = ZipFile(self.wheel)
        metadata = {Path(name).name: name for name in archive.namelist() if ".dist-info/" in name}
        if f"Name: {task['package_name']}\n" not in archive.read(metadata["METADATA"]).decode():
            yield f"the wheel is not of a package {task['package_name']}"
        points = ConfigParser()
        points.read_string(archive.read(metadata["entry_points.txt"]).decode())
        if task["entry_point"] not in points["console_scripts"]:
            yield f"the wheel has no entry point {task['entry_point']}"
        yield from wrong_words(task["parameters"], environment)

    def _wrong_notebook(self, task: Mapping[str, Any]) -> Iterator[str]:
        path = Path(task["notebook_path"])
        if not path.is_file() or not path.read_text("utf-8").startswith(NOTEBOOK):
            yield f"{path} is no notebook"
            return
        asked = set(re.findall(r'asked\("(\w+)"', path.read_text("utf-8")))
        for name in task["base_parameters"].keys() - asked:
            yield f"{path.name} does not ask for {name}"

    def _wrong_volumes(self, texts: list[str]) -> Iterator[str]:
        volumes = [each for kind, _, each in self.resources if kind == "volumes"]
        places = {f"/Volumes/{each['catalog_name']}/{each['schema_name']}/{each['name']}" for each in volumes}
        for text in texts:
            if text.startswith("/Volumes/") and "/".join(text.split("/")[:5]) not in places:
                yield f"{text} is in no volume of the bundle"


def wrong_words(words: list[str], environment: Mapping[str, str]) -> Iterator[str]:
    """What our command line, and our settings, have against the words of a task; nothing is run."""
    settings = {name: text for name, text in environment.items() if is_setting(name)}
    usage_errors: Any = typer.BadParameter.__mro__[1]
    with patch.dict(os.environ, settings):
        try:
            given = _parsed(words)
            flags = {name: given[name] for name in ("lake", "raw", "engine")}
            open_lake(**flags)
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


def _wrong_schedule(schedule: Any) -> Iterator[str]:
    """Quartz: seconds to years in 6 or 7 fields, of the days of the month and of the week exactly one is `?`."""
    if not schedule:
        return
    fields = schedule["quartz_cron_expression"].split()
    numbers = all(re.fullmatch(r"[\d*?,/LW#A-Z-]+", field) for field in fields)
    if len(fields) not in (6, 7) or not numbers or [fields[3], fields[5]].count("?") != 1:
        yield f"{' '.join(fields)} is no schedule of Quartz"
    try:
        ZoneInfo(schedule["timezone_id"])
    except (KeyError, ValueError):
        yield f"{schedule['timezone_id']} is no time zone"


def _before(task: Mapping[str, Any]) -> set[str]:
    return {each["task_key"] for each in task.get("depends_on", [])}


def _merged(one: Any, other: Any) -> Any:
    """Two mappings as a bundle merges them: the later beats the earlier, name by name."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    return {
        key: _merged(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
        for key in {**one, **other}
    }


def _placed(value: Any, folder: Path, key: str = "") -> Any:
    """Local paths as seen from anywhere, since each is relative to the file that says it."""
    if isinstance(value, dict):
        return {name: _placed(each, folder, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_placed(each, folder) for each in value]
    return str(_normal(folder / value)) if key in ("whl", "requirements", "notebook_path") else value


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))
