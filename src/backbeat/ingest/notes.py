"""What a run says of files: which were rejected, which sources are not there."""

from collections.abc import Sequence

from backbeat import content
from backbeat.ingest.run import Taken
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import FileRecord
from backbeat.lake.storage import Store


def run_notes(lake: Lakehouse, taken: Taken, known: Sequence[FileRecord], *, is_first: bool) -> tuple[str, ...]:
    """Lines for people: rejected files in one, and at a lake's first run what is absent or ignored."""
    rejected = [f"{record.path} ({record.reason})" for record in taken.rejected]
    notes = (
        [f"{len(rejected)} files rejected: {'; '.join(rejected[:5])}{' …' if len(rejected) > 5 else ''}"]
        if rejected
        else []
    )
    notes += _unknown_columns(taken)
    return (*notes, *(_first_notes(lake, known) if is_first else ()))


def _unknown_columns(taken: Taken) -> list[str]:
    """What the batches noted, once a source."""
    noted = dict.fromkeys((str(batch.source), note) for batch in taken.batches for note in batch.notes)
    return [f"{source}: {note}" for source, note in noted]


def lacking(known: Sequence[FileRecord]) -> tuple[str, ...]:
    """The required sources that have never had a readable file: customers, and one of sessions and events."""
    there = {record.source for record in known if record.state == "taken"}
    wanted = [("customers", {"customers"}), ("sessions or events", {"sessions", "events"})]
    return tuple(name for name, options in wanted if not options & there)


def _first_notes(lake: Lakehouse, known: Sequence[FileRecord]) -> list[str]:
    there = {record.source for record in known if record.state != "rejected"}
    absent = [name for name in content.sources() if name not in there]
    notes = [f"no files of {', '.join(absent)}: what they feed is empty"] if absent else []
    if "sessions" in absent and "events" in there:
        notes.append("sessions are derived from events until a sessions file comes")
    if any(True for _ in Store(lake.config.raw).entries("dates")):
        notes.append("dates/ is ignored: gold.dates is made here")
    return notes
