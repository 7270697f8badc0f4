"""Every page of every kind of lake, in a real browser: no error, no request elsewhere, no finding of axe, no overflow."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.browser.conftest import Look, Looker, serving

from backbeat import content

ALL = [*content.pages(), "api", "charts/engagement/2.html"]
WAYS = [("light", 1440), ("light", 390), ("dark", 390), ("dark", 1440)]


def faults_of(look: Looker, origin: str, pages: list[str], ways: list[tuple[str, int]]) -> list[str]:
    """What is wrong on some pages, each looked at in several ways, each fault with its page."""
    with look(origin) as tab:
        return [fault for page in pages for fault in faults_of_page(tab, page, ways)]


def faults_of_page(tab: Look, page: str, ways: list[tuple[str, int]]) -> Iterator[str]:
    set_way(tab, ways[0])
    tab.page.goto(f"{tab.origin}/{page}") if "/" in page or page == "api" else tab.visit(page)
    for way in ways:
        set_way(tab, way)
        wide = [f"{tab.overflow()} pixels too wide"] if tab.overflow() > 0 else []
        yield from (f"{page} {way}: {fault}" for fault in (*tab.faults, *tab.findings(), *wide))
        tab.faults.clear()


def set_way(tab: Look, way: tuple[str, int]) -> None:
    """Make the system light or dark, and the window so wide; charts follow."""
    scheme, width = way
    tab.page.emulate_media(color_scheme=scheme)
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.wait_for_timeout(120)


def test_every_page_of_a_demo(look: Looker, demo: str) -> None:
    assert faults_of(look, demo, ALL, WAYS) == []


@pytest.mark.parametrize("kind", ["lonely_lake", "empty_lake", "no_lake"])
def test_every_page_of_a_lake_with_next_to_nothing(look: Looker, kind: str, request: pytest.FixtureRequest) -> None:
    with serving(request.getfixturevalue(kind)) as origin:
        assert faults_of(look, origin, [*content.pages()], [WAYS[0], WAYS[3]]) == []


def test_a_fault_would_be_found(look: Looker, demo: str) -> None:
    with look(demo) as tab:
        tab.visit("overview")
        tab.page.evaluate("document.querySelector('main').append(document.createElement('img'))")
        tab.page.evaluate("console.error('wrong'); fetch('/nowhere/at/all')")
        tab.page.wait_for_timeout(300)
        assert any("image-alt" in finding for finding in tab.findings())
        assert any("wrong" in fault for fault in tab.faults)
        assert any("404" in fault for fault in tab.faults)


def test_an_empty_lake_says_what_to_type(look: Looker, empty_lake: Any, no_lake: Any) -> None:
    for lake, told in ((empty_lake, "no sessions yet"), (no_lake, "backbeat run --lake")):
        with serving(lake) as origin, look(origin) as tab:
            assert told in tab.visit("overview").inner_text("main")


def test_charts_are_drawn_and_have_their_numbers_beside_them(look: Looker, demo: str) -> None:
    with look(demo) as tab:
        page = tab.visit("engagement")
        drawn = [block for block in content.pages()["engagement"].blocks if block.chart]
        assert page.locator("figure canvas").count() == len(drawn)
        assert page.locator("figure canvas[aria-label*='rows, in the table below']").count() == len(drawn)
        page.locator("figure summary").first.click()
        assert page.locator("figure table").first.locator("tbody tr").count() > 5


def test_a_page_without_predictions_says_what_to_run(look: Looker, demo: str) -> None:
    with look(demo) as tab:
        assert "backbeat predict" in tab.visit("predictions").inner_text("main")


def test_bad_rows_are_shown_by_their_shape_alone(look: Looker, demo: str) -> None:
    with look(demo) as tab:
        text = tab.visit("data_quality").inner_text("main")
    assert "time_unreadable" in text
    assert "=xxxxx" in text
    assert "=never" not in text
