"""What is in the lake, how fresh it is, and what it could not take."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backbeat import content
from backbeat.alert.tables import ASKED_FOR
from backbeat.config import seconds
from backbeat.errors import BackbeatError
from backbeat.ingest.discover import listing
from backbeat.ingest.notes import rejections
from backbeat.ingest.places import demand_raw
from backbeat.ingest.quarantine import count_open
from backbeat.lake import ledger
from backbeat.lake.clock import EVERYTHING, Clock, newest_arrival, open_windows, watermark
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.ledger import Batch
from backbeat.lake.storage import Store
from backbeat.measure.exclusions import excluded_by_rule


@dataclass(frozen=True)
class Status:
    """The lake in facts, sources (a row each), rejected files, exclusions, alerts that fire; `now` is the time of asking."""

    facts: dict[str, str | int | None]
    sources: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    exclusions: list[dict[str, Any]]
    firing: list[str]
    newest_data: datetime | None
    last_good_run: datetime | None
    now: datetime

    def document(self) -> dict[str, Any]:
        """The status as JSON."""
        lists = {"rejected": self.rejected, "exclusions": self.exclusions, "firing": self.firing}
        return {**self.facts, "sources": self.sources, **lists}

    @property
    def rejections(self) -> list[str]:
        """The rejected files by reason, as a run says them."""
        return list(rejections((record["path"], record["reason"]) for record in self.rejected))

    def older_than(self, max_age: str) -> str | None:
        """What is older than a duration such as `2h`, in words, or None."""
        limit = timedelta(seconds=seconds(max_age, "--max-age"))
        for what, instant in (("the newest data", self.newest_data), ("the last good run", self.last_good_run)):
            if instant is None or self.now - instant > limit:
                return f"{what} is from {_shown(instant) or 'never'}, older than {max_age}"
        return None


def status(lake: Lakehouse, clock: Clock) -> Status:
    """Read the ledger and look into the raw folder."""
    batches = ledger.batches(lake)
    done = [batch.finished_at for batch in batches if batch.is_done and batch.finished_at]
    facts = _facts(lake, clock, batches)
    waiting = count_open(lake)
    found = {name: _found(lake, name) for name in content.sources()}
    rejected = [_rejected(record) for each in found.values() for record in each.rejected]
    sources = [_source(lake, name, batches, waiting.get(name, 0), each) for name, each in found.items()]
    excluded = excluded_by_rule(lake)
    return Status(
        facts, sources, rejected, excluded, _firing(lake), clock.as_of, max(done, default=None), lake.config.clock()
    )


def _facts(lake: Lakehouse, clock: Clock, batches: Sequence[Batch]) -> dict[str, str | int | None]:
    final = clock.final_before
    last = max((batch.batch_id for batch in batches), default=None)
    return {
        "lake": lake.config.lake,
        "timezone": lake.config.timezone,
        "first_session": _shown(clock.first_at),
        "as_of": _shown(clock.as_of),
        "watermark": _shown(watermark(lake.config, clock.as_of)) if clock.as_of else None,
        "final_before": "everything" if final == EVERYTHING else _shown(final),
        "open_windows": open_windows(clock),
        "late_sessions": sum(batch.rows_late for batch in batches),
        "newest_arrival": _shown(newest_arrival(lake)),
        "last_batch": last,
        "unfinished": sum(not batch.is_done for batch in batches),
        "unknown_customers": _unknown_customers(lake),
    }


def _firing(lake: Lakehouse) -> list[str]:
    """The alerts that fire, those that are there to compare left out."""
    sql = f"select distinct alert from gold.alerts where {ASKED_FOR} order by alert"
    return [row["alert"] for row in lake.rows(sql, state="firing", every=False)]


def _unknown_customers(lake: Lakehouse) -> int:
    """Sessions of customers that no customers file names."""
    sql = (
        "select count(*) as n from silver.sessions where customer_id not in (select customer_id from silver.customers)"
    )
    return int(lake.rows(sql)[0]["n"])


def _source(lake: Lakehouse, name: str, batches: Sequence[Batch], waiting: int, found: "_Found") -> dict[str, Any]:
    files = [record for record in ledger.files(lake) if record.source == name]
    mine = [batch for batch in batches if batch.source == name]
    return {
        "source": name,
        "files_taken": sum(record.state == "taken" for record in files),
        "files_rejected": len(found.rejected),
        "files_hidden": found.hidden,
        "rows": lake.rows(f"select count(*) as n from silver.{name}")[0]["n"],
        "rows_in_quarantine": waiting,
        "rows_duplicate": sum(batch.rows_duplicate for batch in mine),
    }


@dataclass(frozen=True)
class _Found:
    """What a look at the raw files of a source says; `hidden` is None where the raw folder is not to be had."""

    hidden: int | None
    rejected: list[ledger.FileRecord]


def _found(lake: Lakehouse, name: str) -> _Found:
    mine = [record for record in ledger.files(lake) if record.source == name]
    raw = Store(lake.config.raw)
    try:
        demand_raw(raw)
        listed = listing(raw, name)
    except BackbeatError:
        return _Found(None, ledger.unmended(mine, None))
    return _Found(listed.hidden, ledger.unmended(mine, listed.contents))


def _rejected(record: ledger.FileRecord) -> dict[str, Any]:
    return {"path": record.path, "source": record.source, "reason": record.reason}


def _shown(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None
