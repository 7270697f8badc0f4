"""An export is the same bytes each time, changes little when content does, and overwrites nobody's work."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import World
from tests.powerbi.conftest import clear

from backbeat.errors import UsageError
from backbeat.powerbi.write import MANIFEST, write_project


def read(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_lake_gives_the_same_bytes(powerbi_world: World, project: Path, tmp_path: Path) -> None:
    powerbi_world.open().export_powerbi(tmp_path)
    assert read(tmp_path) == read(project)
    assert powerbi_world.open().export_powerbi(tmp_path).changed == ()


def test_what_was_changed_by_hand_is_kept_and_named(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.json": "1", "b/c.json": "2"})
    (tmp_path / "b/c.json").write_text("mine")
    with pytest.raises(UsageError, match=r"b/c\.json.*--force"):
        write_project(tmp_path, {"a.json": "3", "b/c.json": "4"})
    assert (tmp_path / "a.json").read_text() == "1"
    assert write_project(tmp_path, {"a.json": "3", "b/c.json": "4"}, force=True).changed == ("a.json", "b/c.json")


def test_a_file_that_is_no_export_s_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("mine")
    with pytest.raises(UsageError, match=r"not from an export: a\.json"):
        write_project(tmp_path, {"a.json": "1"})


def test_what_is_no_longer_made_goes_unless_it_was_changed(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.json": "1", "b/c.json": "2", "b/d.json": "3"})
    (tmp_path / "b/d.json").write_text("mine")
    with pytest.raises(UsageError, match=r"b/d\.json"):
        write_project(tmp_path, {"a.json": "1"})
    (tmp_path / "b/d.json").write_text("3")
    write_project(tmp_path, {"a.json": "1"})
    assert set(read(tmp_path)) == {"a.json", MANIFEST}
    assert not (tmp_path / "b").exists()


def test_line_ends_of_git_are_no_change(tmp_path: Path) -> None:
    write_project(tmp_path, {"a.json": "1\n"})
    (tmp_path / "a.json").write_bytes(b"1\r\n")
    write_project(tmp_path, {"a.json": "2\n"})
    assert (tmp_path / "a.json").read_text() == "2\n"


WEEKEND_SQL = """with weekdays as (
  select distinct days.customer_id
  from gold.customer_day as days
  join gold.dates as dates on dates.date = days.activity_date
  where days.activity_date between :from and :to and days.sessions > 0 and not dates.is_weekend
)
select active_customers.customer_id, weekdays.customer_id is null as in_numerator
from active_customers
left join weekdays on weekdays.customer_id = active_customers.customer_id"""
WEEKEND_YML = "title: Weekend listeners\nquestion: Who?\ndefinition: Those.\nowner: us\nversion: 1\nslices: [country]\n"


def test_a_metric_more_is_a_small_change(
    powerbi_world: World, lakehouse: Path, tmp_path: Path, evaluate: Callable[..., object]
) -> None:
    folder = tmp_path / "project"
    powerbi_world.open().export_powerbi(folder)
    (lakehouse / "metrics/weekend_only.yml").write_text(WEEKEND_YML)
    (lakehouse / "metrics/weekend_only.sql").write_text(WEEKEND_SQL)
    clear()
    changed = powerbi_world.open().export_powerbi(folder).changed
    assert changed == ("Backbeat.SemanticModel/definition/tables/KPIs.tmdl",)
    told = powerbi_world.open().kpis(metrics=["weekend_only"], where={"country": ["SE"]}).rows[0]
    assert evaluate(folder, "Weekend listeners", {("By country", "Country"): ["SE"]}) == (
        told["numerator"],
        told["denominator"],
    )


def test_a_metric_less_is_gone(powerbi_world: World, lakehouse: Path, tmp_path: Path) -> None:
    for path in lakehouse.glob("metrics/paid_share_at_end.*"):
        path.unlink()
    page = lakehouse / "pages/paid.yml"
    page.write_text(page.read_text().replace("  - tile: paid_share_at_end\n", ""))
    clear()
    powerbi_world.open().export_powerbi(tmp_path / "project")
    assert not any("Paid share at the end" in p.read_text("utf-8") for p in (tmp_path / "project").rglob("*.tmdl"))


def test_sql_that_dax_can_t_say_is_named_and_can_be_written_beside(
    powerbi_world: World, lakehouse: Path, tmp_path: Path
) -> None:
    (lakehouse / "metrics/odd.yml").write_text(WEEKEND_YML.replace("Weekend", "Odd"))
    (lakehouse / "metrics/odd.sql").write_text(
        "select customer_id, row_number() over (order by customer_id) % 2 = 1 as in_numerator from active_customers"
    )
    clear()
    with pytest.raises(UsageError, match=r"metrics/odd\.sql can't be said in DAX: window functions.*metrics/odd\.dax"):
        powerbi_world.open().export_powerbi(tmp_path / "project")
    (lakehouse / "metrics/odd.dax").write_text('IF ( MAX ( Customers[Country] ) = "SE", 1, 0 )')
    clear()
    powerbi_world.open().export_powerbi(tmp_path / "project")


def test_unknown_sources_and_parameters_are_refused(powerbi_world: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no source 's3'; there are local, adls"):
        powerbi_world.open().export_powerbi(tmp_path, source="s3")
    with pytest.raises(UsageError, match="LakeUrl"):
        powerbi_world.open().export_powerbi(tmp_path, source="adls", LakeFolder="x")
    with pytest.raises(UsageError, match="RowLimit is a whole number"):
        powerbi_world.open().export_powerbi(tmp_path, source="deltasharing", RowLimit="many")


def test_an_export_stays_out_of_data(powerbi_world: World) -> None:
    for place in (powerbi_world.lake, powerbi_world.raw / "customers"):
        with pytest.raises(UsageError, match="for data alone"):
            powerbi_world.open().export_powerbi(place)
    assert not (powerbi_world.lake / "Backbeat.pbip").exists()


def test_a_lake_that_is_not_there_is_told(new_world: Callable[..., World], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="backbeat run"):
        new_world().open().export_powerbi(tmp_path)
