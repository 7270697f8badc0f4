"""The report: one file, the same bytes each time, nothing fetched from anywhere."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.conftest import World

from backbeat.api import Lake
from backbeat.errors import UsageError
from backbeat.report import write
from backbeat.report.svg import embedded


@pytest.fixture(scope="module")
def lake(new_world: Callable[..., World]) -> Lake:
    world = new_world()
    world.customers(*(f"c{n}" for n in range(8)), country="<SE>")
    world.sessions(*[(f"s{n}-{d}", f"c{n}", f"2025-07-{1 + d:02}T10:00:00Z") for n in range(8) for d in range(20)])
    world.run(close=True)
    return world.open()


def test_the_same_lake_gives_the_same_bytes(lake: Lake, tmp_path: Path) -> None:
    sizes = [write(lake, tmp_path / f"{n}.html", pages=["overview"]) for n in range(2)]
    one, two = ((tmp_path / f"{n}.html").read_bytes() for n in range(2))
    assert one == two
    assert len(one) == sizes[0] < 300_000


def test_nothing_is_fetched_and_nothing_runs(lake: Lake, tmp_path: Path) -> None:
    write(lake, tmp_path / "r.html", first=date(2025, 7, 1), last=date(2025, 7, 14))
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "<script" not in text
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]+\"", text.replace("xlink:", "")) == []
    assert re.findall(r"url\((?!#)[^)]*\)", text) == []
    assert "<SE>" not in text
    assert "1 Jul – 14 Jul 2025" in text
    assert text.count("<svg") > 10


def test_pages_and_windows_have_to_be_there(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no page 'nope'"):
        write(lake, tmp_path / "r.html", pages=["nope"])
    with pytest.raises(UsageError, match="both"):
        write(lake, tmp_path / "r.html", first=date(2025, 7, 1))
    with pytest.raises(UsageError, match="can't be written"):
        write(lake, tmp_path / "nowhere" / "r.html", pages=["overview"])


def test_a_picture_in_a_page() -> None:
    svg = b'<?xml version="1.0"?>\n<svg xmlns="x" version="1.1" class="marks" width="10" height="20" viewBox="0 0 10 20"><g role="graphics"><path d="M1.23456,2"/></g></svg>'
    assert (
        embedded(svg, 'a "b"')
        == '<svg role="img" aria-label="a &quot;b&quot;" xmlns="x" version="1.1" class="marks" viewBox="0 0 10 20"><g><path d="M1.2,2"/></g></svg>'
    )
