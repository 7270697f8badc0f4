"""The SQL that DuckDB runs, as files: what a change of a text, a rule or sqlglot itself does to it is read as a diff."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backbeat import content
from backbeat.build.kpis import cells_sql, kept_sql, shares
from backbeat.engines.dialect import transpiled

FOLDER = Path(__file__).parent / "sql"


def texts() -> Iterator[tuple[str, str]]:
    """Every text that is run, under the name of its file."""
    for table in content.tables().values():
        if table.made_from == "sql":
            yield f"gold.{table.name}", content.with_relations(table.sql)
    for metric in shares():
        yield f"metric.{metric.name}", content.with_relations(metric.sql)
        yield f"metric.{metric.name}.sliced", cells_sql([metric], ["country", "plan"])
    yield "metrics.by_bucket", cells_sql(shares(), ["country"], by_bucket=True)
    yield "kept_customers", kept_sql(["country", "plan"])
    for metric in content.metrics().values():
        if metric.recount:
            yield f"metric.{metric.name}.recount", metric.recount
    for name, sql in content.exclusion_kinds().items():
        yield f"exclusion.{name}", sql
    for name, sql in content.slices().items():
        yield f"slice.{name}", content.with_relations(sql)
    yield "predict.features", content.predictor_sql()
    for name, label in content.labels().items():
        yield f"predict.label.{name}", content.with_relations(label.sql)


TEXTS = dict(texts())


@pytest.mark.parametrize("name", TEXTS)
def test_the_sql_is_as_reviewed(name: str, update_snapshots: bool) -> None:
    path = FOLDER / f"{name}.sql"
    found = transpiled(TEXTS[name]) + "\n"
    if update_snapshots:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
    assert path.is_file(), f"{path.name} is missing: `make snapshots` writes it"
    assert found == path.read_text("utf-8"), f"{path.name} differs: look at it, then `make snapshots`"


def test_no_snapshot_is_left_of_a_text_that_is_gone(update_snapshots: bool) -> None:
    left = [path for path in sorted(FOLDER.glob("*.sql")) if path.stem not in TEXTS]
    if update_snapshots:
        for path in left:
            path.unlink()
        left = []
    assert left == []
