"""Sessions from events, where the lake has no sessions of its own (sources/sessions_from_events.sql)."""

from importlib.resources import files

from backbeat.ingest.dedup import are_derived
from backbeat.lake import schemas
from backbeat.lake.delta import Commit
from backbeat.lake.lakehouse import Lakehouse


def derive_sessions(lake: Lakehouse) -> None:
    """Bring derived sessions up to date with the events; only days that change are rewritten.

    Does nothing where a row of a sessions file is in the lake.
    """
    if lake.table("silver.sessions").files() and not are_derived(lake):
        return
    lake.show("silver.events")
    lake.show("silver.sessions")
    _keep_derived(lake)
    if dates := _changed_dates(lake):
        _replace(lake, dates)


def _keep_derived(lake: Lakehouse) -> None:
    text = (files("backbeat.lakehouse") / "sources" / "sessions_from_events.sql").read_text("utf-8")
    gap = int(lake.config.duration("session_gap").total_seconds() * 1e6)
    lake.engine.keep("derived", text, {"gap_micros": gap})


def _changed_dates(lake: Lakehouse) -> set[str]:
    columns = (
        "session_id, customer_id, started_at, ended_at, session_date, _source_file, _row_number, _file_modified_at"
    )
    new, old = f"select {columns} from derived", f"select {columns} from silver.sessions"
    rows = lake.engine.native(f"""
select distinct cast(session_date as string) as d
from (({new} except {old}) union all ({old} except {new}))""").to_pylist()
    return {row["d"] for row in rows}


def _replace(lake: Lakehouse, dates: set[str]) -> None:
    from backbeat import content

    columns = ", ".join(schemas.silver(content.sources()["sessions"]).names)
    listed = ", ".join(f"date '{day}'" for day in sorted(dates))
    adds = lake.stage("silver.sessions", f"select {columns} from derived where session_date in ({listed})")
    removes = [file for file in lake.table("silver.sessions").files() if file.partition["session_date"] in dates]
    lake.commit("silver.sessions", Commit(adds, removes))
