"""What deploy/ starts is the command people type, with options that it has."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from backbeat.cli.app import app

DEPLOY = Path(__file__).parents[3] / "deploy"


def options() -> set[str]:
    command: Any = typer.main.get_command(app)
    return {option for parameter in command.commands["dashboard"].params for option in parameter.opts}


def container_words() -> list[str]:
    text = (DEPLOY / "container" / "Containerfile").read_text("utf-8")
    found = [yaml.safe_load(line.partition(" ")[2]) for line in text.splitlines() if re.match("ENTRYPOINT|CMD", line)]
    return [word for words in found for word in words]


def app_words() -> list[str]:
    shell = yaml.safe_load((DEPLOY / "databricks-app" / "app.yaml").read_text("utf-8"))["command"]
    assert shell[:2] == ["sh", "-c"]
    return shlex.split(shell[2].removeprefix("exec "))


@pytest.mark.parametrize("words", [container_words(), app_words()], ids=["container", "databricks"])
def test_it_starts_the_dashboard_for_others_with_somebody_at_the_door(words: list[str]) -> None:
    assert words[:2] == ["backbeat", "dashboard"]
    assert {word for word in words if word.startswith("--")} <= options()
    assert words[words.index("--host") + 1] == "0.0.0.0"
    assert words[words.index("--auth") + 1].startswith(("token", "header:"))


def test_the_bundle_names_the_app_and_its_folder() -> None:
    bundle = yaml.safe_load((DEPLOY / "databricks-app" / "databricks.yml").read_text("utf-8"))
    (app_resource,) = bundle["resources"]["apps"].values()
    assert set(app_resource) == {"name", "description", "source_code_path"}
    assert (DEPLOY / "databricks-app" / app_resource["source_code_path"] / "app.yaml").exists()
