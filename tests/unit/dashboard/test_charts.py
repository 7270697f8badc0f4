"""Every chart of every page is a spec that Vega-Lite takes, in both themes and in every language."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vl_convert
from tests.conftest import World

from backbeat import content
from backbeat.colours import DARK, LIGHT
from backbeat.dashboard.answers import answer
from backbeat.dashboard.charts import chart
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.format import Form
from backbeat.dashboard.reader import Reader


@pytest.fixture(scope="module")
def reader(new_world: Callable[..., World]) -> Reader:
    world = new_world()
    world.customers(*(f"c{n}" for n in range(8)), country="SE")
    world.sessions(
        *[(f"s{n}-{d}", f"c{n}", f"2025-0{5 + d % 3}-{1 + d % 28:02}T10:00:00Z") for n in range(8) for d in range(60)]
    )
    world.run()
    return Reader(world.open())


CHARTS = [
    (page.name, number) for page in content.pages().values() for number, block in enumerate(page.blocks) if block.chart
]


@pytest.mark.parametrize(("page", "number"), CHARTS)
def test_a_chart_is_valid(reader: Reader, page: str, number: int) -> None:
    block = content.pages()[page].blocks[number]
    found = answer(reader, content.pages()[page], number, Filters())
    for theme, language in ((LIGHT, "en"), (DARK, "fr")):
        spec = chart(block, found.rows, Form(language, ZoneInfo("UTC")), theme=theme, threshold=20, width=300)
        assert vl_convert.vegalite_to_vega(spec)["marks"]
        assert spec["config"]["axis"]["labelColor"] == theme.soft


def test_numbers_that_go_down_are_drawn_downwards() -> None:
    page = content.pages()["engagement"]
    number = next(n for n, block in enumerate(page.blocks) if block.minus)
    rows: list[dict[str, Any]] = [{"activity_date": None, "dormant": 3, "returning": 2}]
    drawn = chart(page.blocks[number], rows, Form("en", ZoneInfo("UTC")))["data"]["values"]
    assert drawn == [{"activity_date": None, "dormant": -3, "returning": 2}]


def test_the_histogram_marks_the_threshold() -> None:
    page = content.pages()["engagement"]
    number = next(n for n, block in enumerate(page.blocks) if block.chart == "histogram")
    spec = str(
        chart(
            page.blocks[number],
            [{"sessions": 1, "customers": 2, "customers_at_least": 2}],
            Form("en", ZoneInfo("UTC")),
            threshold=77,
        )
    )
    assert "datum.sessions >= 77" in spec
