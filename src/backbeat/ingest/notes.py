"""What a run says of files: which were rejected, which sources are not there."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from backbeat import content
from backbeat.ingest.places import unknown_folders
from backbeat.ingest.run import Taken
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch, FileRecord
from backbeat.lake.storage import Store
from backbeat.words import counted


def run_notes(
    lake: Lakehouse, taken: Taken, known: Sequence[FileRecord], before: Collection[FileRecord], *, is_first: bool
) -> tuple[str, ...]:
    """Lines for people, given the files that the ledger knows, and those it knew before the run.

    New rejected files by reason, how many older ones still wait, what came with no row that could be taken, columns
    nobody knows; and at a lake's first run what is absent or ignored.
    """
    new = [record for record in taken.rejected if record not in before]
    reasons = rejections((record.path, str(record.reason)) for record in new)
    notes = [*reasons, *_waiting(len(taken.rejected) - len(new)), *_lost(lake, taken), *_unknown_columns(taken)]
    return (*notes, *(_first_notes(lake, known) if is_first else ()))


def rejections(files: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Rejected files, given as path and reason: a line each reason, with one of them as an example."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in files:
        by_reason.setdefault(reason, []).append(path)
    for reason, paths in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        such_as = "" if len(paths) == 1 else "such as "
        yield f"{counted(len(paths), 'file')} rejected, {such_as}{paths[0]}: {reason}"


def _waiting(count: int) -> Iterator[str]:
    if count:
        verb = "waits" if count == 1 else "wait"
        yield f"{counted(count, 'rejected file')} still {verb} to be mended: `backbeat status` lists them"


def _lost(lake: Lakehouse, taken: Taken) -> Iterator[str]:
    """Sources of which every row that came was quarantined, as a wrong mapping does it."""
    for source in dict.fromkeys(batch.source for batch in taken.batches if batch.source):
        batches = [batch for batch in taken.batches if batch.source == source]
        rows = sum(batch.rows_read for batch in batches)
        if rows and rows == sum(batch.rows_quarantined for batch in batches):
            whole = f"all {rows:,} rows of {source} were" if rows > 1 else f"the only row of {source} was"
            yield f"{whole} quarantined ({_reasons(lake, batches)}): look with `backbeat quarantine show {source}`"


def _reasons(lake: Lakehouse, batches: Sequence[Batch]) -> str:
    lake.show("ops.quarantine")
    listed = ", ".join(str(batch.batch_id) for batch in batches)
    found = lake.rows(f"""
select distinct explode(reasons) as reason from ops.quarantine where batch_id in ({listed})""")
    return ", ".join(sorted(row["reason"] for row in found))


def _unknown_columns(taken: Taken) -> list[str]:
    """What the batches noted, once a source."""
    noted = dict.fromkeys((str(batch.source), note) for batch in taken.batches for note in batch.notes)
    return [f"{source}: {note}" for source, note in noted]


def lacking(known: Sequence[FileRecord]) -> tuple[str, ...]:
    """The required sources that have never had a readable file: customers, and one of sessions and events."""
    there = {record.source for record in known if record.state == "taken"}
    wanted = [("customers", {"customers"}), ("sessions or events", {"sessions", "events"})]
    return tuple(name for name, options in wanted if not options & there)


def _first_notes(lake: Lakehouse, known: Sequence[FileRecord]) -> Iterator[str]:
    raw = Store(lake.config.raw)
    there = {record.source for record in known if record.state != "rejected"}
    absent = [name for name in content.sources() if name not in there]
    if absent:
        yield f"no files of {', '.join(absent)}: what they feed is empty"
    if "sessions" in absent and "events" in there:
        yield "sessions are derived from events until a sessions file comes"
    if "dates" in raw.names():
        yield "dates/ is ignored: gold.dates is made here"
    if strangers := unknown_folders(raw, lake.store):
        yield f"ignored, since no source has such a name: {', '.join(strangers)}"
