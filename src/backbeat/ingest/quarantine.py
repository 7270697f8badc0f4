"""Rows that could not be taken: counted, shown, and judged again after a fix."""

from collections.abc import Iterator, Sequence
from typing import Any

from backbeat import content
from backbeat.config import SourceConfig
from backbeat.engines.engine import RawColumn
from backbeat.engines.literal import portable
from backbeat.ingest.commit import commit_rows, empty_batch
from backbeat.ingest.contract import fit, missing
from backbeat.ingest.validate import select
from backbeat.lake import ledger
from backbeat.lake.delta import Commit
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch


def counts(lake: Lakehouse) -> list[dict[str, Any]]:
    """Rows by source, reason and status; a row with two reasons counts under both."""
    return lake.rows("""
select source, reason, status, count(*) as rows
from (select source, explode(reasons) as reason, status from ops.quarantine)
group by source, reason, status order by source, reason, status""")


def rows(lake: Lakehouse, source: str | None, reason: str | None, limit: int) -> list[dict[str, Any]]:
    """The quarantined rows as they came, in order of file and row."""
    kept = ["source = :source" if source else "true", "array_contains(reasons, :reason)" if reason else "true"]
    sql = f"""
select source, reasons, source_file, row_number, batch_id, status, raw_row
from ops.quarantine where {" and ".join(kept)} order by source, source_file, row_number limit {limit}"""
    return lake.rows(sql, source=source, reason=reason)


def count_open(lake: Lakehouse) -> dict[str, int]:
    """How many rows of each source are open; a source that has none is left out."""
    sql = "select source, count(*) as n from ops.quarantine where status = 'open' group by source"
    return {row["source"]: int(row["n"]) for row in lake.rows(sql)}


def replay(lake: Lakehouse, source: str) -> Batch | None:
    """Judge the open rows of a source again and take those that pass now; None where none does."""
    lake.show("ops.quarantine")
    empty_batch(lake, source)
    shapes = f"select distinct {_names(lake)} as names, {_nested(lake)} as nested from {_open(source)}"
    for row in lake.engine.native(shapes).to_pylist():
        _judge(lake, source, row["names"], row["nested"])
    lake.engine.keep_own("batch", "select * from batch where _reasons is null")
    passed = int(lake.engine.native("select count(*) as n from batch").column("n")[0].as_py())
    return _take(lake, source, passed) if passed else None


def _take(lake: Lakehouse, source: str, passed: int) -> Batch:
    number = ledger.next_id(ledger.current(lake))
    batch = ledger.record(lake, Batch(number, source, "planned", lake.config.clock(), 0))
    lake.engine.keep_own("passed", "select _source_file, _row_number, _file_modified_at from batch")
    done = commit_rows(lake, batch, rows_read=passed)
    _mark_replayed(lake, source)
    return done


def _judge(lake: Lakehouse, source: str, names: Sequence[str], nested: Sequence[str]) -> None:
    """Judge the rows whose raw columns have these names, and hold an object or a list in those that are `nested`."""
    columns = [_column(name, f"c{i}", is_nested=name in nested) for i, name in enumerate(names)]
    fitted = fit(content.sources()[source], names, columns, lake.config.sources.get(source, SourceConfig()))
    if not missing(fitted):
        lake.engine.append("batch", select(fitted, _restored(lake, source, names, nested), lake))


def _column(name: str, alias: str, *, is_nested: bool) -> RawColumn:
    """A member of the raw row; what is nested can be read as nothing, and is JSON already."""
    kind, json = ("other", alias) if is_nested else ("restored", f"bb_json({alias})")
    return RawColumn(name, kind, alias, alias, json)


def _restored(lake: Lakehouse, source: str, names: Sequence[str], nested: Sequence[str]) -> str:
    """Rows of strict JSON as a FROM clause, in the shape that raw files have."""
    values = ", ".join(f"{lake.engine.json_text('raw_row', name)} as c{i}" for i, name in enumerate(names))
    lineage = "source_file as _path, file_modified_at as _modified, row_number as _row"
    of_shape = f"{_is(_names(lake), names)} and {_is(_nested(lake), nested)}"
    return f"(select {values}, {lineage} from {_open(source)} and {of_shape}) as raw"


def _names(lake: Lakehouse) -> str:
    return lake.engine.json_names("raw_row")


def _nested(lake: Lakehouse) -> str:
    return lake.engine.json_nested("raw_row")


def _is(names: str, wanted: Sequence[str]) -> str:
    joined = portable("\n".join(wanted))
    return f"array_join({names}, chr(10)) = {joined}"


def _open(source: str) -> str:
    return f"ops.quarantine where source = {portable(source)} and status = 'open'"


def _mark_replayed(lake: Lakehouse, source: str) -> None:
    table = lake.table("ops.quarantine")
    match = (
        "p._source_file = q.source_file and p._row_number = q.row_number and p._file_modified_at = q.file_modified_at"
    )
    is_mine = f"q.source = {portable(source)} and exists (select 1 from passed as p where {match})"
    old = table.files()
    status = f"case when {is_mine} then 'replayed' else status end as status"
    columns = [status if name == "status" else name for name in table.schema().names]
    adds = lake.stage(table.name, f"select {', '.join(columns)} from ops.quarantine as q")
    lake.commit(table.name, Commit(adds, old))


def sources_with_rows(lake: Lakehouse) -> Iterator[str]:
    """The sources that have open rows."""
    lake.show("ops.quarantine")
    return (
        row["source"]
        for row in lake.rows("select distinct source from ops.quarantine where status = 'open' order by source")
    )
