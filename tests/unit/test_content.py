"""Content files: what is derived from them, and what is said of a wrong one."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from backbeat import content
from backbeat.errors import UsageError

ROOT = Path(content.__file__).parent / "lakehouse"
CACHED = [value for value in vars(content).values() if hasattr(value, "cache_clear")]


@pytest.fixture
def lakehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the content that a test may spoil."""
    copytree(ROOT, tmp_path / "lakehouse")
    monkeypatch.setattr(content, "_root", lambda: tmp_path / "lakehouse")
    _forget()
    yield tmp_path / "lakehouse"
    _forget()


def _forget() -> None:
    for cached in CACHED:
        cached.cache_clear()


def test_unknown_keys_are_refused(lakehouse: Path) -> None:
    (lakehouse / "metrics/engaged_rate.yml").write_text(_text(lakehouse / "metrics/engaged_rate.yml") + "colour: red\n")
    with pytest.raises(UsageError, match=r"metrics/engaged_rate.yml: .*colour"):
        content.metrics()


def test_a_missing_line_is_named(lakehouse: Path) -> None:
    (lakehouse / "gold/dates.yml").write_text(_text(lakehouse / "gold/dates.yml").replace("grain:", "description2:"))
    with pytest.raises(UsageError, match=r"gold/dates.yml"):
        content.tables()


def test_a_file_that_is_no_yaml_is_named(lakehouse: Path) -> None:
    (lakehouse / "sources/sessions.yml").write_text("a: [")
    with pytest.raises(UsageError, match=r"sources/sessions.yml: not valid YAML"):
        content.sources()


def test_a_list_is_no_content_file(lakehouse: Path) -> None:
    (lakehouse / "features.yml").write_text("- a\n- b\n")
    with pytest.raises(UsageError, match=r"features\.yml"):
        content.features()


def test_a_yml_without_its_sql_is_named(lakehouse: Path) -> None:
    (lakehouse / "gold/dates.sql").unlink()
    with pytest.raises(UsageError, match=r"gold/dates.sql is missing"):
        content.tables()


def test_relations_in_a_circle_are_named(lakehouse: Path) -> None:
    (lakehouse / "relations/hen.sql").write_text("select * from egg")
    (lakehouse / "relations/egg.sql").write_text("select * from hen")
    with pytest.raises(UsageError, match="circle"):
        content.relations()


def test_relations_come_in_front_with_those_they_stand_on(lakehouse: Path) -> None:
    (lakehouse / "relations/ground.sql").write_text("select 1 as x")
    (lakehouse / "relations/house.sql").write_text("select x from ground -- from nothing")
    sql = content.with_relations("select * from house")
    assert sql.index("ground as (") < sql.index("house as (")
    assert content.with_relations("select * from silver.house") == "select * from silver.house"


def test_parameters_and_tables_are_derived_from_the_sql() -> None:
    sql = """
    -- :not_this from silver.not_this
    select cast(a::string as date), :from from silver.sessions join gold.customer_day on x = :to_at"""
    assert content.parameters(sql) == {"from", "to_at"}
    assert content.reads(sql) == {"silver.sessions", "gold.customer_day"}


def test_every_metric_has_its_threshold_only_where_its_sql_names_one() -> None:
    assert [metric.name for metric in content.metrics().values() if metric.has_threshold] == ["engaged_rate"]


def test_every_table_s_columns_are_those_of_the_design() -> None:
    for name, columns in DESIGNED.items():
        assert [column for column in content.tables()[name].columns if column in columns] == columns, name


DESIGNED: dict[str, list[str]] = {
    "customer_day": ["customer_id", "activity_date", "sessions", "plays", "skips", "ms_played"],
    "customer_device_day": ["customer_id", "activity_date", "device", "sessions"],
    "plan_periods": ["customer_id", "valid_from", "valid_to", "plan", "state"],
    "activity_5m": ["window_start", "window_end", "sessions", "customers", "late_sessions", "status", "window_date"],
    "kpis": ["metric", "window_kind", "window_from", "window_to", "slice", "slice_value", "numerator", "denominator",
             "value", "unit", "threshold", "definition_version", "status", "is_small", "as_of"],
    "kpi_summary": ["metric", "value"],
    "sessions_histogram": ["sessions", "customers", "customers_at_least"],
}  # fmt: skip


def test_the_grain_of_a_table_is_its_first_line() -> None:
    for path in [*(ROOT / "gold").glob("*.yml"), *(ROOT / "sources").glob("*.yml")]:
        assert _text(path).startswith("grain: one row per "), path.name


def _text(path: Path) -> Any:
    return path.read_text("utf-8")
