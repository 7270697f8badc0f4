"""Which row wins where a key comes again: in a file, across files, across batches.

The last wins by (sequence, the file's modification time, path, row number), whatever run or batch reads it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from backbeat import content
from backbeat.lake import schemas
from backbeat.lake.delta import DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch

ORDER = "bb_finite(_sequence) desc nulls last, _file_modified_at desc, _source_file desc, _row_number desc"
"""What comes first wins. A lake may hold a NaN from when it was taken for a sequence."""

HELD_KEYS = 100_000_000
"""So many keys of a source are kept while a run takes its batches: a hash of 8 bytes each, in memory, on Spark in the scratch folder."""


PLAIN_KEY = "^[A-Za-z0-9_.@+/ -]{1,200}$"
"""Keys that may stand in a statement as they are, whatever an engine does with `$`, quotes and bytes that are no text."""


@dataclass(frozen=True)
class Outcome:
    """Counts of a batch's rows, and the stored files that are rewritten without the rows that lost."""

    accepted: int
    quarantined: int
    duplicate: int
    replaced: int
    late: int
    rewritten: Sequence[DataFile] = ()
    removed: Sequence[DataFile] = ()


@dataclass(frozen=True)
class Judged:
    """Counts of a batch's good and bad rows and of keys that come again; the files of derived sessions that all go."""

    good: int
    bad: int
    repeated: int
    derived: Sequence[DataFile]


def winners(lake: Lakehouse, batch: Batch) -> Outcome:
    """Make the engine's view `batch_accepted` of the batch's rows that win, and say what becomes of the rest."""
    source = str(batch.source)
    judged = judge(lake, source)
    rewritten, removed, replaced = _rewritten(lake, source) if judged.repeated else ([], [], 0)
    accepted, late = _accepted(lake, batch)
    duplicate = judged.good - accepted
    return Outcome(accepted, judged.bad, duplicate, replaced, late, rewritten, [*removed, *judged.derived])


@contextmanager
def keys_held(lake: Lakehouse, source: str, new_rows: int, batches: int) -> Iterator[None]:
    """Keep the hashes of a source's keys from batch to batch while the block lasts, where they are at most HELD_KEYS.

    A process that takes batches for long keeps them anyway; for a single batch it does not pay.
    """
    if lake.holds_keys or batches < 2 or _stored_rows(lake, source) + new_rows > HELD_KEYS:
        yield
        return
    lake.holds_keys = True
    try:
        yield
    finally:
        lake.holds_keys = False
        lake.hold_no_more(_keys_of(source))


def judge(lake: Lakehouse, source: str) -> Judged:
    """Make the engine's view `batch_accepted` of the rows of `batch` that win, and, where keys come again, its table
    `stored_lost` of those in silver that lose.
    """
    derived = _derived_files(lake, source)
    lake.show(f"silver.{source}")
    if derived:
        lake.show_files(f"silver.{source}", [], schemas.silver(content.sources()[source]))
    good, bad, near = _good_bad_near(lake, source)
    repeated = _keep_repeated(lake, source, near)
    if repeated:
        _keep_losers(lake, source, near)
    lost = f"where not exists (select 1 from batch_lost as l where {_is_same_row(source, 'l', 'b')})"
    lake.engine.view(
        "batch_accepted", f"select * from batch as b {lost + ' and' if repeated else 'where'} b._reasons is null"
    )
    return Judged(good, bad, repeated, derived)


def _is_same_row(source: str, one: str, other: str) -> str:
    """A condition that two relations show the same row: its place is not enough, since a file may have been replaced."""
    place = " and ".join(
        f"{one}.{name} = {other}.{name}" for name in ("_source_file", "_row_number", "_file_modified_at")
    )
    key = content.sources()[source].key
    return f"{place} and {' and '.join(f'{one}.{name} is not distinct from {other}.{name}' for name in key)}"


def _good_bad_near(lake: Lakehouse, source: str) -> tuple[int, int, str]:
    """How many rows of the batch are good and bad, and a condition that every stored row meets whose key a good one may have.

    By it files of other keys are not even read.
    """
    first = content.sources()[source].key[0]
    is_good = "filter (where _reasons is null)"
    (found,) = lake.rows(f"""
select good, bad, case when regexp_like(low, '{PLAIN_KEY}') and regexp_like(high, '{PLAIN_KEY}') then low end as low, high
from (
  select
    count(*) {is_good} as good, count(*) filter (where _reasons is not null) as bad,
    min({first}) {is_good} as low, max({first}) {is_good} as high
  from batch
)""")
    near = "true" if found["low"] is None else f"{first} between '{found['low']}' and '{found['high']}'"
    return found["good"], found["bad"], near if found["good"] else "false"


def _keep_repeated(lake: Lakehouse, source: str, near: str) -> int:
    """Keep the hashes of keys that occur more than once in the batch, or in the batch and in silver."""
    key = lake.engine.hashed(content.sources()[source].key)
    stored = f"select h from ({_stored_hashes(lake, source, key, near)}) where h in (select h from good)"
    lake.engine.keep_own(
        "repeated",
        f"""
with good as (select {key} as h from batch where _reasons is null),
twice as (select h from good group by h having count(*) > 1),
again as ({stored})
select h from twice union select h from again""",
    )
    return int(lake.engine.native("select count(*) as n from repeated").column("n")[0].as_py())


def _stored_hashes(lake: Lakehouse, source: str, key: str, near: str) -> str:
    """A SELECT of the hashes of the keys in silver, or of more than these where they are held from batch to batch."""
    table = lake.table(f"silver.{source}")
    if not table.files():
        return f"select {key} as h from batch where false"
    if lake.holds_keys:
        lake.hold_more(_keys_of(source), table.name, f"{key} as h")
        return f"select h from {_keys_of(source)}"
    return f"select {key} as h from {table.name} where {near}"


def _stored_rows(lake: Lakehouse, source: str) -> int:
    return sum(file.rows for file in lake.table(f"silver.{source}").files())


def _keys_of(source: str) -> str:
    return f"keys_of_{source}"


def _keep_losers(lake: Lakehouse, source: str, near: str) -> None:
    """Keep where the rows lie that lose: those of the batch in batch_lost, those of silver in stored_lost."""
    contract = content.sources()[source]
    key = ", ".join(contract.key)
    dates = contract.partition_column or "cast(null as date)"
    kept = f"{key}, _sequence, _file_modified_at, _source_file, _row_number"
    columns = f"{kept}, {dates} as _date"
    repeated = f"{lake.engine.hashed(contract.key)} in (select h from repeated)"
    lake.engine.keep_own(
        "lost",
        f"""
select {kept}, _date, _is_new from (
  select *, row_number() over (partition by {key} order by {ORDER}, _is_new desc) as _rank from (
    select {columns}, true as _is_new from batch where _reasons is null and {repeated}
    union all select {columns}, false as _is_new from silver.{source} where {near} and {repeated}))
where _rank > 1""",
    )
    lake.engine.keep_own("batch_lost", "select * from lost where _is_new")
    lake.engine.keep_own("stored_lost", "select * from lost where not _is_new")


def _rewritten(lake: Lakehouse, source: str) -> tuple[list[DataFile], list[DataFile], int]:
    """Write the partitions that lose stored rows anew without them; return new files, old files, rows lost."""
    table = lake.table(f"silver.{source}")
    partition = content.sources()[source].partition_column
    found = lake.engine.native(
        "select cast(_date as string) as d, count(*) as n from stored_lost group by _date"
    ).to_pylist()
    if not found:
        return [], [], 0
    dates = {row["d"] for row in found}
    removed = [file for file in table.files() if partition is None or file.partition[partition] in dates]
    lake.show_files(table.name, removed, table.schema())
    match = _is_same_row(source, "l", "s")
    kept = f"select * from {table.name} as s where not exists (select 1 from stored_lost as l where {match})"
    return lake.stage(table.name, kept), removed, sum(row["n"] for row in found)


def _derived_files(lake: Lakehouse, source: str) -> list[DataFile]:
    """The files of sessions that were derived from events: they go when a sessions file comes."""
    if source != "sessions":
        return []
    return lake.table("silver.sessions").files() if are_derived(lake) else []


def are_derived(lake: Lakehouse) -> bool:
    """Whether the sessions in silver were derived from events, which is where their rows then lie."""
    table = lake.table("silver.sessions")
    lake.show_files(table.name, table.files()[:1], table.schema())  # they are all derived, or none is
    any_row = lake.rows("select _source_file from silver.sessions limit 1")
    return bool(any_row) and any_row[0]["_source_file"].startswith(("events/", "events.parquet"))


def _accepted(lake: Lakehouse, batch: Batch) -> tuple[int, int]:
    """How many rows win, and of these, how many are sessions whose five-minute window was final when the batch began."""
    is_late = "false"
    if batch.source == "sessions" and batch.final_before is not None:
        micros = "unix_micros(started_at)"
        window_end = f"{micros} - pmod({micros}, 300000000) + 300000000"
        is_late = f"{window_end} <= unix_micros({lake.engine.instant(batch.final_before)})"
    sql = f"select count(*) as accepted, count(*) filter (where {is_late}) as late from batch_accepted"
    (found,) = lake.engine.native(sql).to_pylist()
    return found["accepted"], found["late"]
