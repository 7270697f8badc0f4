"""An asset bundle as it is deployed to a target: files merged, paths placed, references resolved, without a workspace."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

GIVEN = {
    "workspace.current_user.userName": "someone@example.com",
    "var.lake": "s3://bucket/lake",
    "var.instance_profile": "arn:aws:iam::123456789012:instance-profile/name",
}
"""What the workspace knows, and what whoever deploys has to say."""
REFERENCE = re.compile(r"\$\{([^}]*)\}")
PATHS = ("whl", "requirements", "notebook_path")
"""Fields that hold a local path."""


class UnresolvedError(Exception):
    """A reference leads nowhere."""


def read(root: Path) -> dict[Path, Any]:
    """Every file of the bundle in `root`, databricks.yml first."""
    main = _yaml(root / "databricks.yml")
    included = [path for pattern in main["include"] for path in sorted(root.glob(pattern))]
    return {root / "databricks.yml": main, **{path: _yaml(path) for path in included}}


@dataclass(frozen=True)
class Target:
    """The files of a bundle (databricks.yml first), as they are deployed to one target."""

    name: str
    files: Mapping[Path, Any]

    @property
    def root(self) -> Path:
        return next(iter(self.files)).parent

    @property
    def main(self) -> Any:
        """What databricks.yml says."""
        return next(iter(self.files.values()))

    @property
    def own(self) -> Any:
        """What databricks.yml says of this target alone."""
        return self.main["targets"][self.name]

    @cached_property
    def resources(self) -> list[tuple[str, str, Any]]:
        """Kind, name and fields of each, with all references resolved. Raises UnresolvedError."""
        return [
            (kind, name, self.resolved(given))
            for kind, named in self._declared.items()
            for name, given in named.items()
        ]

    def of_kind(self, kind: str) -> dict[str, Any]:
        """The resources of a kind by name."""
        return {name: given for each, name, given in self.resources if each == kind}

    def resolved(self, value: Any) -> Any:
        """A value with every reference in it replaced by what it stands for. Raises UnresolvedError."""
        if isinstance(value, dict):
            return {key: self.resolved(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        if not isinstance(value, str):
            return value
        if whole := REFERENCE.fullmatch(value):
            return self.resolved(self._meant(whole[1]))
        return REFERENCE.sub(lambda found: str(self.resolved(self._meant(found[1]))), value)

    def place(self, path: str) -> Path:
        """A path that databricks.yml names."""
        return normal(self.root / path)

    @cached_property
    def _declared(self) -> Any:
        found: Any = {}
        for path, file in self.files.items():
            found = _merged(found, _placed(file.get("resources", {}), path.parent))
        return _merged(found, _placed(self.own.get("resources", {}), self.root))

    def _meant(self, reference: str) -> Any:
        kind, *path = reference.split(".")
        try:
            if kind == "var":
                return self._variable(path[0])
            if reference in GIVEN:
                return GIVEN[reference]
            value = {"bundle": {**self.main["bundle"], "target": self.name}, "resources": self._declared}[kind]
            for name in path:
                value = value[name]
            return value
        except (KeyError, TypeError) as error:
            raise UnresolvedError(f"${{{reference}}} leads nowhere") from error

    def _variable(self, name: str) -> Any:
        declared = self.main["variables"][name]
        said = {**GIVEN, **{f"var.{each}": value for each, value in self.own.get("variables", {}).items()}}
        return said[f"var.{name}"] if f"var.{name}" in said else declared["default"]


def normal(path: Path) -> Path:
    """The path without `..`, links left as they are."""
    return Path(os.path.normpath(path))


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _merged(one: Any, other: Any) -> Any:
    """Two mappings as a bundle merges them: the later beats the earlier, name by name."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    both = {key: _merged(one[key], other[key]) for key in one.keys() & other.keys()}
    return {**one, **other, **both}


def _placed(value: Any, folder: Path, key: str = "") -> Any:
    """Local paths as seen from anywhere, since each is relative to the file that says it."""
    if isinstance(value, dict):
        return {name: _placed(each, folder, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_placed(each, folder) for each in value]
    return str(normal(folder / value)) if key in PATHS else value
