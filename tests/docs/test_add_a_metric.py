"""A metric comes and goes by content files alone: no line of Python changes."""

from pathlib import Path

import pytest
from tests.docs.conftest import Place
from tests.docs.follow import write
from tests.docs.pages import blocks

PAGE = Path("docs/how-to/add-a-metric.md")
METRICS = Path("src/backbeat/lakehouse/metrics")


def names(place: Place, command: str) -> set[str]:
    """The metrics a command prints as CSV."""
    return {line.split(",")[0] for line in place.sh(f"backbeat {command} --format csv --quiet").splitlines()[1:]}


def add(place: Place) -> None:
    for block in blocks(PAGE):
        if block.kind == "file":
            write(place.root, block)


def remove(place: Place, metric: str) -> None:
    for suffix in ("yml", "sql", "recount.sql"):
        (place.root / METRICS / f"{metric}.{suffix}").unlink()


@pytest.mark.long
def test_the_command_line_and_the_tables_follow(place: Place) -> None:
    before = names(place, "kpis")
    assert "weekend_only" not in before
    remove(place, "paid_share_at_end")
    add(place)
    wanted = before - {"paid_share_at_end"} | {"weekend_only"}
    assert names(place, "kpis") == wanted
    place.sh("backbeat run --quiet")
    assert names(place, 'sql "select distinct metric from gold.kpis"') == wanted
    assert "all passed" in place.sh("backbeat check --quiet > checks.txt && echo all passed")


def test_the_number_is_right(place: Place) -> None:
    add(place)
    counted = place.sh(
        'backbeat sql --quiet --format csv "'
        "select count(*) filter (where weekdays = 0) as numerator, count(*) as denominator from ("
        "select customer_id, count(*) filter (where date_format(session_date, 'E') not in ('Sat', 'Sun')) as weekdays "
        "from silver.sessions where session_date between date '2025-07-01' and date '2025-08-31' group by customer_id)"
        '"'
    )
    shown = place.sh("backbeat kpis --metric weekend_only --quiet --format csv")
    numerator, denominator = counted.splitlines()[1].split(",")
    assert shown.splitlines()[1].split(",")[3:5] == [numerator, denominator]


def test_a_file_alone_is_an_error_that_names_it(place: Place) -> None:
    (place.root / METRICS / "paid_share.sql").unlink()
    said = place.sh("backbeat kpis 2>&1 || echo exit code $?")
    assert "metrics/paid_share.sql is missing" in said
    assert "exit code 2" in said
