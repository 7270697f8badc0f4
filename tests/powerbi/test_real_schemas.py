"""Every JSON file of a project against the schema that it names, as Microsoft publishes them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCHEMAS = Path(__file__).parents[3] / "shared" / "powerbi" / "schemas"
BASE = "https://developer.microsoft.com/json-schemas/"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the schemas are not here")]


@cache
def read(address: str) -> Any:
    return json.loads((SCHEMAS / address.removeprefix(BASE)).read_text("utf-8-sig"))


def errors(document: Any) -> list[str]:
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    registry: Any = Registry(retrieve=lambda uri: Resource.from_contents(read(uri), default_specification=DRAFT7))
    found = Draft7Validator(read(document["$schema"]), registry=registry).iter_errors(document)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:120]}" for error in found]


def test_every_file_is_as_its_schema_says(project: Path) -> None:
    paths = [
        p
        for p in sorted(project.rglob("*"))
        if p.suffix in (".json", ".pbip", ".pbir", ".pbism") or p.name == ".platform"
    ]
    documents = {
        p: json.loads(p.read_text("utf-8"))
        for p in paths
        if "StaticResources" not in p.parts and p.name != ".backbeat-export.json"
    }
    assert len(documents) > 80
    assert {p.name: found for p, document in documents.items() if (found := errors(document))} == {}


def test_a_wrong_file_is_found(project: Path) -> None:
    page = json.loads(next(project.glob("*.Report/definition/pages/*/page.json")).read_text("utf-8"))
    assert errors({**page, "displayOption": "FitToWall"})
