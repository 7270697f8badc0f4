"""Which raw files are new, looked for again and again without reading the ledger each time."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backbeat import content
from backbeat.engines.engine import Arrivals
from backbeat.errors import StorageError
from backbeat.ingest.contract import contract_of
from backbeat.ingest.discover import fingerprint, is_raw, listing, source_of
from backbeat.ingest.places import demand_raw
from backbeat.lake import ledger
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import FileRecord
from backbeat.lake.storage import Entry, Store

MOST_FILES = 2_000
"""Files of a source that are looked at together: more of them wait for the next look."""

LISTED_SECONDS = 300
"""How long a listing serves at most where what comes after it is found otherwise."""

LISTING_SHARE = 0.1
"""So much of the time may go into listing a whole bucket; in between, the newest folders alone are listed."""

RECENT_MS = 3_600_000
"""Folders that got a file in so many milliseconds before the newest file are new ones."""

New = Mapping[str, Sequence[Entry]]


@dataclass
class Watch:
    """`rejected` are files that the last answer of the ledger settled without taking them, with their reasons.

    `has_more`: the last look left files out, for a later one.

    Keeps in memory which files are settled; the ledger is asked only about those that seem new. Where `arrivals` tell
    of new files the folder is listed at the start and then every `LISTED_SECONDS`: a stream may not tell of a file that
    was replaced. A large bucket is listed whole as often as `LISTING_SHARE` allows, and each source from the first of
    its newest folders on at every look: files that come into older folders, or in place of others there, wait."""

    house: Lakehouse
    arrivals: Arrivals | None = None
    _settled: set[tuple[str, str]] = field(default_factory=set)
    _has_learnt: bool = False
    rejected: list[tuple[str, str]] = field(default_factory=list)
    has_more: bool = False
    _listing_serves_until: float = 0
    _newest: dict[str, str] = field(default_factory=dict)
    _open: New = field(default_factory=dict)

    def look(self) -> New:
        """The first files of each source that are not settled. Raises InputError where raw can't be listed."""
        raw = Store(self.house.config.raw)
        demand_raw(raw)
        there = self._since_listing(raw) if time.monotonic() < self._listing_serves_until else self._listed(raw)
        found = {name: self._unsettled(entries) for name, entries in there.items()}
        if not self.arrivals and self._is_stuck(found):
            self._listing_serves_until = 0
        self._open = found
        self.has_more = any(len(entries) > MOST_FILES for entries in found.values())
        return {name: entries[:MOST_FILES] for name, entries in found.items() if entries}

    def _is_stuck(self, found: New) -> bool:
        """Whether a file that was offered first is so again: it may have changed, or gone, since it was listed."""
        return any(entries and entries[0] in self._open.get(name, ())[:1] for name, entries in found.items())

    def _listed(self, raw: Store) -> New:
        begun = time.monotonic()
        found = {name: listing(raw, name).entries for name in content.sources()}
        now = time.monotonic()
        if self.arrivals:
            self._listing_serves_until = now + LISTED_SECONDS
        elif not raw.is_local:
            self._listing_serves_until = now + min((now - begun) / LISTING_SHARE, LISTED_SECONDS)
            self._newest = {name: _first_new_folder(entries) for name, entries in found.items()}
        return found

    def _since_listing(self, raw: Store) -> New:
        return self._arrived(raw, self.arrivals) if self.arrivals else self._among_newest(raw)

    def _among_newest(self, raw: Store) -> New:
        """What was not settled at the last look, and what lies from the first of the newest folders on."""
        found = {}
        for name, folder in self._newest.items():
            waiting = [entry for entry in self._open.get(name, ()) if entry.path <= folder]
            found[name] = [*waiting, *listing(raw, name, folder).entries]
        return found

    def _arrived(self, raw: Store, arrivals: Arrivals) -> New:
        """Files that have arrived, as they are now; once all of them are settled, others may come."""
        found: dict[str, list[Entry]] = defaultdict(list)
        try:
            paths = arrivals.arrived()
        except StorageError:
            self._listing_serves_until = 0  # what it can't tell is found by listing
            raise
        for path in paths:
            source = source_of(path)
            if source and is_raw(path) and (entry := raw.stat(path)):
                found[source].append(entry)
        if paths and not any(map(self._unsettled, found.values())):
            arrivals.settle()
        return found

    def left(self, new: New) -> New:
        """Of these files the ones that the ledger does not settle; it is asked, since others write it, too."""
        paths = [entry.path for entries in new.values() for entry in entries]
        records = [*self._of_ledger(paths if self._has_learnt else None)]
        there = {(entry.path, fingerprint(entry)) for entries in new.values() for entry in entries}
        self.rejected = [(record.path, str(record.reason)) for record in ledger.unmended(records, there)]
        self._settled.update((record.path, record.fingerprint) for record in records)
        self._has_learnt = True
        found = {name: self._unsettled(entries) for name, entries in new.items()}
        return {name: entries for name, entries in found.items() if entries}

    def _unsettled(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        return [entry for entry in entries if (entry.path, fingerprint(entry)) not in self._settled]

    def _of_ledger(self, paths: Sequence[str] | None) -> Iterator[FileRecord]:
        """Files that are not to be read again: all but those that were rejected under another contract."""
        contracts = {name: contract_of(source, self.house.config) for name, source in content.sources().items()}
        for record in ledger.files(self.house, paths):
            if record.state != "rejected" or record.contract == contracts.get(record.source):
                yield record


def _first_new_folder(entries: Sequence[Entry]) -> str:
    """The first folder, by name, of those with a file of the last hour; it ends in `/`. Empty where there is no file."""
    newest = max((entry.modified_ms for entry in entries), default=0)
    recent = (entry.path for entry in entries if entry.modified_ms > newest - RECENT_MS)
    return min((f"{path.rpartition('/')[0]}/" for path in recent), default="")
