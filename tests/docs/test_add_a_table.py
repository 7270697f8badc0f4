"""A feature and a gold table come and go by content files alone: no line of Python changes."""

from pathlib import Path

import pytest
from tests.docs.conftest import Place
from tests.docs.follow import write
from tests.docs.pages import blocks

PAGE = Path("docs/how-to/add-a-table.md")
LAKEHOUSE = Path("src/backbeat/lakehouse")


def add(place: Place, *names: str) -> None:
    """Write those files of the page."""
    for block in blocks(PAGE):
        if block.kind == "file" and str(block.path).endswith(names):
            write(place.root, block)


def asked(place: Place, select: str) -> list[list[str]]:
    """The answer of a SELECT as lists of cells."""
    printed = place.sh(f'backbeat sql --quiet --format csv "{select}"')
    return [line.split(",") for line in printed.splitlines()[1:]]


@pytest.mark.long
def test_a_feature_is_one_file(place: Place) -> None:
    add(place, "features.yml")
    place.sh("backbeat run --quiet")
    features = {name for (name,) in asked(place, "select distinct feature from gold.feature_adoption")}
    assert "curation" in features
    assert not {"like", "playlist_add"} & features
    counted = asked(
        place,
        "select date_trunc('month', event_date) as month, count(distinct customer_id) as customers from silver.events "
        "where event_type in ('like', 'playlist_add') group by date_trunc('month', event_date) order by 1",
    )
    shown = asked(
        place,
        "select month, adopters from gold.feature_adoption where feature = 'curation' and slice = 'all' and adopters > 0 "
        "order by month",
    )
    assert [(month[:10], customers) for month, customers in counted] == [(month, adopters) for month, adopters in shown]


@pytest.mark.long
def test_a_table_is_two_files(place: Place) -> None:
    add(place, "hours.sql", "hours.yml")
    place.sh("backbeat run --quiet")
    counted = asked(place, "select hour(started_at) as hour, count(*) as n from silver.sessions group by 1 order by 1")
    assert asked(place, "select hour, sessions from gold.hours order by hour") == counted
    checks = place.sh("backbeat check --quiet --format csv")
    assert "gold.hours: one row per hour of the day,fail,True,0" in checks
    assert "gold.hours: no more customers than sessions,fail,True,0" in checks
    for suffix in ("sql", "yml"):
        (place.root / LAKEHOUSE / "gold" / f"hours.{suffix}").unlink()
    place.sh("backbeat run --quiet && backbeat check --quiet --format csv > checks.csv")
    assert "gold.hours" not in (place.root / "checks.csv").read_text("utf-8")


def test_a_table_whose_promise_is_broken_is_not_published(place: Place) -> None:
    add(place, "hours.sql", "hours.yml")
    path = place.root / LAKEHOUSE / "gold" / "hours.yml"
    path.write_text(path.read_text("utf-8").replace("customers <= sessions", "customers > sessions"), "utf-8")
    said = place.sh("backbeat run --quiet 2>&1 || echo exit code $?")
    assert "gold.hours keeps its last good version: gold.hours: no more customers than sessions" in said
    assert "exit code 4" in said
