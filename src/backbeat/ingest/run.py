"""Take what is new in the raw folder, a micro-batch at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from backbeat import content
from backbeat.ingest.commit import commit, file_record, in_groups, planned
from backbeat.ingest.contract import contract_of
from backbeat.ingest.dedup import keys_held
from backbeat.ingest.derive import derive_sessions
from backbeat.ingest.discover import Listing, RawFile, Unreadable, inspect, listing, unseen
from backbeat.ingest.retract import retract
from backbeat.lake import ledger
from backbeat.lake.clock import EVERYTHING
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch, FileRecord
from backbeat.lake.storage import Entry, Store


@dataclass(frozen=True)
class Work:
    """New files of one source, in groups that are taken together; and those whose footer can't be read."""

    source: str
    groups: tuple[tuple[RawFile, ...], ...]
    unreadable: tuple[Unreadable, ...]
    listing: Listing | None = None

    @property
    def files(self) -> int:
        return sum(len(group) for group in self.groups)

    @property
    def rows(self) -> int:
        return sum(file.rows for group in self.groups for file in group)


@dataclass(frozen=True)
class Taken:
    """What an ingest did: its batches, and the files that are rejected, until others come in their place."""

    batches: tuple[Batch, ...]
    rejected: tuple[FileRecord, ...]


def find_work(lake: Lakehouse) -> list[Work]:
    """The files that are in the raw folder and not in the ledger, by source. Reads footers, writes nothing."""
    raw = Store(lake.config.raw)
    known = ledger.files(lake) if lake.exists() else []
    return [_work(lake, raw, name, known) for name in content.sources()]


def ingest(lake: Lakehouse, on_batch: Callable[[Batch, int, int], None] = lambda *_: None) -> Taken:
    """Finish what an interrupted run began, then take every new file.

    `on_batch` is called after each new batch with it, its number in this run and how many there are.
    Returns batches in state `committed`: silver and quarantine hold them, gold not yet.
    """
    resumed = resume(lake)
    work = find_work(lake)
    _record_unreadable(lake, work)
    taken = [*resumed, *_taken(lake, work, on_batch)]
    if taken:
        derive_sessions(lake)
    there = set().union(*(item.listing.contents for item in work if item.listing))
    return Taken(tuple(taken), tuple(ledger.unmended(ledger.files(lake), there)))


def ingest_some(
    lake: Lakehouse, resumed: Sequence[Batch], new: Mapping[str, Sequence[Entry]], young: int, *, is_first: bool
) -> Taken:
    """Take the first group of each source's new files, which the ledger must not know; the rest is for another time.

    `resumed` are the batches of an interrupted run, which must be finished before it is asked which files are new.

    A file modified after `young` (ms since 1970) whose footer can't be read is still being written, and is let be.
    `is_first`: these files were there at the lake's first run, so none of their rows is late.
    """
    raw = Store(lake.config.raw)
    work = [_first_group(lake, raw, name, entries, young) for name, entries in new.items()]
    _record_unreadable(lake, work)
    taken = [*resumed, *_taken(lake, work, lambda *_: None, is_first=is_first)]
    if taken:
        derive_sessions(lake)
    return Taken(tuple(taken), ())


def _first_group(lake: Lakehouse, raw: Store, name: str, entries: Sequence[Entry], young: int) -> Work:
    group: list[RawFile] = []
    bad: list[Unreadable] = []
    rows = 0
    for file in inspect(raw, entries, young):
        if isinstance(file, Unreadable):
            bad += [file] if file.entry.modified_ms <= young else []
        elif group and rows + file.rows > lake.config.batch_rows:
            break
        else:
            group.append(file)
            rows += file.rows
    return Work(name, (tuple(group),) if group else (), tuple(bad))


def _taken(
    lake: Lakehouse, work: Sequence[Work], on_batch: Callable[[Batch, int, int], None], *, is_first: bool = False
) -> Iterator[Batch]:
    total, numbers = sum(len(item.groups) for item in work), count(1)
    final_before = _final_so_far(lake) if total and not is_first else None
    for item in work:
        with keys_held(lake, item.source, item.rows, len(item.groups)):
            for group in item.groups:
                batch = _carry_out(lake, _plan(lake, item.source, group, final_before))
                on_batch(batch, next(numbers), total)
                yield batch


def resume(lake: Lakehouse) -> list[Batch]:
    """Finish the batches that an interrupted run or retraction had planned; gold does not have them yet."""
    unfinished = [batch for batch in ledger.current(lake) if not batch.is_done and batch.source]
    return [_carry_out(lake, batch) if batch.state == "planned" else batch for batch in unfinished]


def _carry_out(lake: Lakehouse, batch: Batch) -> Batch:
    return _VERBS[batch.verb](lake, batch)


_VERBS = {"take": commit, "retract": retract}


def _work(lake: Lakehouse, raw: Store, name: str, known: Sequence[FileRecord]) -> Work:
    found: Listing = listing(raw, name)
    contract = contract_of(content.sources()[name], lake.config)
    new = unseen(found.entries, [record for record in known if record.source == name], contract)
    looked = list(inspect(raw, new))
    readable = [file for file in looked if isinstance(file, RawFile)]
    bad = tuple(file for file in looked if isinstance(file, Unreadable))
    return Work(name, tuple(in_groups(readable, lake.config.batch_rows)), bad, found)


def _plan(lake: Lakehouse, source: str, group: Sequence[RawFile], final_before: datetime | None) -> Batch:
    number = ledger.next_id(ledger.current(lake))
    plan = tuple(planned(file.entry) for file in group)
    now = lake.config.clock()
    return ledger.record(lake, Batch(number, source, "planned", now, len(plan), plan, final_before=final_before))


def _final_so_far(lake: Lakehouse) -> datetime | None:
    """Up to where published windows are final; files that are there at a lake's first run are never late.

    A feed that was closed is final as far as it was closed: what begins later is new, not late.
    What is published is asked, and not silver, so that a run which finishes another's work finds the same.
    """
    batches = ledger.current(lake)
    last = ledger.last_done(batches)
    text = ((last.built_from or {}) if last else {}).get("clock", {}).get("final_before")
    final = datetime.fromisoformat(text) if text else None
    closed = [batch.closed_through for batch in batches if batch.is_done and batch.closed_through]
    return max(closed) if final == EVERYTHING and closed else final


def _record_unreadable(lake: Lakehouse, work: Sequence[Work]) -> None:
    for item in work:
        contract = contract_of(content.sources()[item.source], lake.config)
        records = [
            file_record(planned(bad.entry), None, contract, state="rejected", reason=bad.reason, source=item.source)
            for bad in item.unreadable
        ]
        ledger.record_files(lake, records)
