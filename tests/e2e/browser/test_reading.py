"""What readers do: filter, share an address, use the keyboard alone, read without scripts, leave a page open."""

from typing import Any

from tests.conftest import World
from tests.e2e.browser.conftest import Looker, serving

from backbeat.api import Lake


def value_of(page: Any, title: str) -> str:
    """The number a tile shows."""
    return str(page.locator("article", has_text=title).locator(".value").inner_text()).replace("\u202f", " ")


def test_a_filter_is_in_the_address_and_its_numbers_are_those_of_the_command(
    look: Looker, demo: str, demo_lake: Lake
) -> None:
    country = demo_lake.kpis(by=["country"]).rows[1]["slice_value"]
    with look(demo) as tab:
        page = tab.visit("overview")
        page.locator("summary", has_text="Country").click()
        page.locator(f"input[name=country][value={country}]").check()
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url(f"**country={country}*")
        tab.ready()
        expected = demo_lake.kpis(where={"country": [country]}, metrics=["paid_share"]).rows[0]
        assert value_of(page, "Paid share") == f"{expected['value']:.1f} %"
        with look(demo) as other:
            assert value_of(other.visit(page.url.removeprefix(f"{demo}/")), "Paid share") == value_of(
                page, "Paid share"
            )
        assert tab.faults == []


def test_the_threshold_answers_what_if(look: Looker, demo: str, demo_lake: Lake) -> None:
    with look(demo) as tab:
        page = tab.visit("engagement?threshold=20")
        expected = demo_lake.kpis(engaged_sessions=20, metrics=["engaged_rate"]).rows[0]
        assert value_of(page, "Engaged users") == f"{expected['value']:.1f} %"
        assert "20+ sessions" in page.locator("article", has_text="Engaged users").inner_text()


def test_a_chart_says_which_filter_it_does_not_obey(look: Looker, demo: str) -> None:
    with look(demo) as tab:
        page = tab.visit("content?country=US")
        assert "Not filtered by country" in page.locator("figure").first.inner_text()


def test_the_keyboard_is_enough(look: Looker, demo: str) -> None:
    with look(demo) as tab:
        page = tab.visit("overview")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**from=*")
        tab.ready()
        page.locator(".info button").first.focus()
        assert page.locator(".info [role=tooltip]").first.is_visible()
        page.keyboard.press("Escape")
        page.wait_for_timeout(200)
        assert not page.locator(".info [role=tooltip]").first.is_visible()


def test_pages_work_without_scripts(look: Looker, demo: str) -> None:
    with look(demo, java_script_enabled=False) as tab:
        tab.page.goto(f"{demo}/paid")
        picture = tab.page.locator("figure img").first
        assert tab.page.request.get(f"{demo}{picture.get_attribute('src')}").headers["content-type"] == "image/svg+xml"
        tab.page.locator("summary", has_text="Plan").click()
        tab.page.locator("input[name=plan]").first.check()
        tab.page.get_by_role("button", name="Apply").click()
        assert "plan=" in tab.page.url
        assert tab.page.locator("article .value").count() == 2


def test_other_languages_write_numbers_their_way(look: Looker, demo: str) -> None:
    with look(demo, locale="de-DE") as tab:
        assert "," in value_of(tab.visit("overview"), "Paid share")


def test_an_open_page_follows_the_lake(look: Looker, other_lake: World) -> None:
    with serving(other_lake.open()) as origin, look(origin) as tab:
        page = tab.visit("live")
        assert "1 Jul 2025, 10:00" in page.locator(".fresh").inner_text()
        other_lake.sessions(("new", "c1", "2025-07-01T12:00:00Z"), path="sessions/later.parquet")
        other_lake.run()
        page.wait_for_selector("text=1 Jul 2025, 12:00", timeout=20_000)
        assert tab.faults == []


def test_a_proxy_may_serve_it_under_a_path(look: Looker, lonely_lake: Lake) -> None:
    with serving(lonely_lake, base="/backbeat") as origin, look(origin) as tab:
        page = tab.visit("overview")
        page.locator("nav a", has_text="Engagement").click()
        page.wait_for_url(f"{origin}/engagement")
        assert tab.faults == []
