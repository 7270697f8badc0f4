"""The drawings in the documentation are those of what is exported now."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from tests.docs.pages import ROOT

from backbeat import content

IMAGES = ROOT / "docs" / "images"


@pytest.fixture(scope="module")
def wireframes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wireframes", ROOT / "docs" / "wireframes.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_drawings_are_fresh(wireframes: ModuleType, project: Path) -> None:
    drawn = wireframes.pages(project)
    stale = [name for name, text in drawn.items() if (IMAGES / f"{name}.svg").read_text("utf-8") != text]
    assert stale == [], "type `make screenshots`"
    assert {path.stem for path in IMAGES.glob("powerbi-*.svg")} == set(drawn)


def test_every_drawing_is_shown_and_says_what_it_is(wireframes: ModuleType, project: Path) -> None:
    page = (ROOT / "docs/how-to/export.md").read_text("utf-8")
    for name, text in wireframes.pages(project).items():
        assert f"(../images/{name}.svg)" in page
        assert "a wireframe, not a picture of Power BI" in text


def test_every_title_is_in_its_drawing(wireframes: ModuleType, project: Path) -> None:
    drawn = " ".join(wireframes.pages(project).values())
    titles = [block.title for page in content.pages().values() for block in page.blocks if not block.metric]
    assert len(titles) > 30
    assert not [title for title in titles if title.replace("'", "&#x27;") not in drawn]
