"""The pages hang together: links resolve, lists are whole and sorted, nothing is promised that is not there."""

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from tests.docs.pages import ROOT, blocks, pages, prose, text

from backbeat import __version__

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
HERE = re.compile(
    r"`((?:src|docs|tests|lakehouse|ingest|lake|engines|build|measure|dashboard|report|deploy|cli)/[\w./*-]+\.(?:py|sql|yml|md))`"
)


def slug(heading: str) -> str:
    """The anchor of a heading."""
    plain = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)}


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_resolve(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", pages(), ids=str)
def test_files_that_are_named_exist(page: Path) -> None:
    told_to_write = {block.path for block in blocks(page)}
    for name in HERE.findall(prose(page)):
        if "NAME" in name or name in told_to_write:
            continue
        found = [*ROOT.glob(name), *(ROOT / "src" / "backbeat").glob(name)]
        assert found, f"{name} is not there"


def test_every_fault_of_the_notebook_has_its_test() -> None:
    named = re.findall(r"`(test_\w+)`", text(Path("docs/explanation/from-the-notebook.md")))
    tests = (ROOT / "tests" / "spec" / "test_faults_of_the_notebook.py").read_text("utf-8")
    assert named == re.findall(r"^def (test_\w+)", tests, re.MULTILINE)


def test_every_page_is_reachable_from_the_index() -> None:
    index = text(Path("docs/index.md"))
    missing = [
        page
        for page in pages()
        if page.parts[0] == "docs" and page.name != "index.md" and f"({page.relative_to('docs')})" not in index
    ]
    assert missing == []


def test_the_glossary_is_sorted() -> None:
    terms = [term.lower() for term in re.findall(r"^- \*\*(.+?)\*\*:", text(Path("GLOSSARY.md")), re.MULTILINE)]
    assert len(terms) > 20
    assert terms == sorted(terms)
    assert len(set(terms)) == len(terms)


def test_every_runtime_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[\[>=<; ]", requirement)[0] for requirement in wanted}
    reasons = set(re.findall(r"^\| ([\w-]+) \|", text(Path("docs/adr/0006-dependencies.md")), re.MULTILINE)) - {
        "package"
    }
    assert names == reasons


def test_the_version_has_its_changes() -> None:
    changes = text(Path("CHANGELOG.md"))
    assert f"## {__version__}\n" in changes
    assert "## Unreleased" in changes


def test_adrs_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_workflow_calls_the_commands_people_call() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    job = workflow["jobs"]["test"]
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make demo", "make test"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]


@pytest.mark.parametrize("page", pages(), ids=str)
def test_no_page_knows_somebodys_machine(page: Path) -> None:
    assert re.findall(r"(?:/home/|/Users/|/work/|/tmp/|[A-Z]:\\)\S*", text(page)) == []
