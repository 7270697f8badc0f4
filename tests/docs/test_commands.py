"""What the tutorial and the how-tos tell people to type works."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.conftest import Place
from tests.docs.pages import ROOT, blocks, pages, prose, text

LONG = {"build", "measure", "predict", "quarantine", "simulate", "spark"}
"""Pages that make whole worlds, begin a session of Spark, or have very many commands."""

HOW_TO = [
    pytest.param(page, id=page.stem, marks=[pytest.mark.long] if page.stem in LONG else [])
    for page in pages()
    if page.parent.name == "how-to"
]
Follow = Callable[[Place, Path], None]


def test_the_tutorial(empty_place: Place, follow: Follow) -> None:
    follow(empty_place, Path("docs/tutorial.md"))


@pytest.mark.parametrize("page", HOW_TO)
def test_how_to(page: Path, place: Place, follow: Follow) -> None:
    assert blocks(page), "no block is marked with <!-- test -->"
    follow(place, page)


def test_a_block_that_fails_is_noticed(empty_place: Place) -> None:
    with pytest.raises(AssertionError, match="exit code 2"):
        empty_place.sh("backbeat kpis --lake nowhere\nbackbeat --version")


def test_every_mark_has_its_block() -> None:
    for page in pages():
        marks = re.findall(r"^<!-- (?:test|output|file:[^>]*) -->$", text(page), re.MULTILINE)
        assert len(marks) == len(blocks(page)), page


def test_every_command_of_the_pages_exists() -> None:
    """Commands that can't be run here, such as those on a bucket, are at least commands with such options."""
    known = (ROOT / "docs/reference/command-line.md").read_text("utf-8")
    for page in pages():
        for line in re.findall(r"^backbeat .*$", text(page), re.MULTILINE):
            command, *options = re.findall(r"^backbeat \S+|--[a-z-]+", line)
            assert command in known or command.endswith("--version"), f"{page}: {line}"
            assert all(re.search(rf"[`, ]{option}\b", known) for option in options), f"{page}: {line}"


def test_every_make_target_of_the_pages_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in pages():
        named = set(re.findall(r"^make ([a-z-]+)", text(page), re.MULTILINE)) | set(
            re.findall(r"`make ([a-z-]+)`", prose(page))
        )
        assert named <= targets, page
