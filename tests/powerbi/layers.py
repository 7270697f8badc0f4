"""Every layer that looks at a project, from the text of the model to what its visuals show."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.powerbi.checks import Project, problems
from tests.powerbi.pages import page_problems
from tests.powerbi.refresh import refresh_problems
from tests.powerbi.toolchain import parse_m, read_tmdl, validate_pbir

Problem = tuple[str, str]


def all_problems(folder: Path, *, is_deep: bool = True) -> list[Problem]:
    """What the layers find, as (which layer, what). `is_deep`: Microsoft's validator of reports, too."""
    with TemporaryDirectory() as scratch:
        found = [*_model(folder, Path(scratch))]
        bim = Path(scratch) / "model.bim"
        if bim.exists():
            project = Project(folder, bim)
            found += [*problems(project), *page_problems(project), *refresh_problems(project), *_queries(project)]
    return [*found, *(_report(folder) if is_deep else ())]


def _model(folder: Path, scratch: Path) -> list[Problem]:
    definition, again = folder / "Backbeat.SemanticModel" / "definition", scratch / "again"
    told = read_tmdl(definition, bim=scratch / "model.bim", again=again)
    found = [("model", problem) for problem in told["problems"]]
    if again.is_dir():
        ours, theirs = _files(definition), _files(again)
        found += [("canonical", name) for name in sorted({*ours, *theirs}) if ours.get(name) != theirs.get(name)]
    return found


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8").replace("\r\n", "\n") for path in folder.rglob("*.tmdl")
    }


def _queries(project: Project) -> list[Problem]:
    texts = {}
    for name, table in project.tables.items():
        for part in table.get("partitions", ()):
            expression = part["source"]["expression"]
            texts[name] = "\n".join(expression) if isinstance(expression, list) else expression
    for each in project.model.get("expressions", ()):
        expression = each["expression"]
        texts[each["name"]] = "\n".join(expression) if isinstance(expression, list) else expression
    return [("query", f"{name}: {what}") for name, what in _parsed(tuple(sorted(texts.items())))]


@cache
def _parsed(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(parse_m(dict(texts)).items())


def _report(folder: Path) -> list[Problem]:
    (told,) = validate_pbir(folder / "Backbeat.pbip")
    return [("report", json.dumps(found)) for found in told["found"]]
