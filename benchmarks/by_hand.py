"""The same silver and gold as a plain script makes them: DuckDB, delta-rs, and a world whose schema it knows.

    python benchmarks/by_hand.py RAW OUT

Only events may be missing. No ledger, no quarantine, no checks, no alerts, no drift of types, no second run: all is read,
and the last row of a key wins. Silver has the columns that say where a row came from. Gold is benchmarks/gold.sql. A
step's seconds are printed as it ends.
"""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

import duckdb
from deltalake import convert_to_deltalake, write_deltalake
from deltalake.schema import Field, PrimitiveType, Schema

SCRIPT = Path(__file__).with_name("gold.sql")
SILVER = {
    "customers": ("customer_id, signup_date::timestamptz as signed_up_at, country, gender", ["customer_id"], None),
    "artists": ("artist_id, artist_name", ["artist_id"], None),
    "tracks": ("track_id, track_name, artist_id, duration_ms, genre", ["track_id"], None),
    "subscriptions": (
        "customer_id, subscription_id, effective_start_date::timestamptz as effective_start_at, "
        "effective_end_date::timestamptz + interval 1 day - interval 1 microsecond as effective_end_at, "
        "subscription_type, amount_paid, status",
        ["customer_id", "subscription_id"],
        None,
    ),
    "sessions": (
        "session_id, customer_id, start_timestamp::timestamptz as started_at, end_timestamp::timestamptz as ended_at, "
        "device, start_timestamp::timestamptz::date as session_date",
        ["session_id"],
        "session_date",
    ),
    "events": (
        "event_id, session_id, customer_id, track_id, event_type, event_timestamp::timestamptz as occurred_at, ms_played, "
        "event_timestamp::timestamptz::date as event_date",
        ["event_id"],
        "event_date",
    ),
}
NO_EVENTS = """
create table silver.events (event_id text, session_id text, customer_id text, track_id text, event_type text,
  occurred_at timestamptz, ms_played bigint, event_date date)"""


def main(raw: str, out: str) -> None:
    """Write silver, then gold, as Delta."""
    Path(out).mkdir(parents=True)
    connection = duckdb.connect(f"{out}/work.duckdb")
    connection.execute("set timezone = 'UTC'; set preserve_insertion_order = false; create schema silver")
    for source, (columns, key, partition) in SILVER.items():
        if any(Path(raw, source).rglob("*.parquet")):
            begun = perf_counter()
            silver(connection, raw, f"{out}/silver", source, columns, key, partition)
            say(f"silver.{source}", begun)
        else:
            connection.execute(NO_EVENTS)
    last = connection.execute("select max(session_date) from silver.sessions").fetchone()
    assert last
    gold(connection, f"{out}/gold", last[0])
    Path(out, "work.duckdb").unlink()


def silver(
    connection: duckdb.DuckDBPyConnection,
    raw: str,
    out: str,
    source: str,
    columns: str,
    key: list[str],
    partition: str | None,
) -> None:
    """Type a source's rows, keep the last of each key, write a folder a day, and call the whole a Delta table."""
    keys = ", ".join(key)
    files = [
        (str(path), datetime.fromtimestamp(path.stat().st_mtime_ns // 1_000_000 / 1000, UTC))
        for path in Path(raw, source).rglob("*.parquet")
    ]
    connection.execute("create or replace temp table files (filename text, modified timestamptz)")
    connection.executemany("insert into files values (?, ?)", files)
    rows = f"""
select
  {columns}, filename[{len(raw) + 2}:] as _source_file, file_row_number as _row_number, modified as _file_modified_at,
  1::bigint as _batch_id, now() as _ingested_at, null::text as _rescued, null::double as _sequence
from read_parquet('{raw}/{source}/**/*.parquet', filename = true, file_row_number = true) join files using (filename)
qualify row_number() over (partition by {keys} order by modified desc, filename desc, file_row_number desc) = 1"""
    target = f"{out}/{source}"
    if partition:
        Path(out).mkdir(exist_ok=True)
        connection.execute(
            f"copy ({rows}) to '{target}' (format parquet, partition_by ({partition}), compression zstd)"
        )
        days = Schema([Field(partition, PrimitiveType("date"))])
        convert_to_deltalake(target, partition_by=days, partition_strategy="hive")
    else:
        write_deltalake(target, connection.sql(rows).to_arrow_reader())
    pattern = f"{target}/**/*.parquet"
    connection.execute(
        f"create view silver.{source} as select * from read_parquet('{pattern}', hive_partitioning = {partition is not None})"
    )


def gold(connection: duckdb.DuckDBPyConnection, out: str, last: date) -> None:
    """Every statement of the script, each table written as Delta."""
    for name, statement, is_kept in statements(last):
        begun = perf_counter()
        connection.execute(statement)
        if is_kept:
            write_deltalake(f"{out}/{name}", connection.sql(f"from {name}").to_arrow_reader())
        say(f"gold.{name}", begun)


def statements(last: date) -> Iterator[tuple[str, str, bool]]:
    """The script's statements up to a day: the table that each makes, its text, and whether it is more than a part of others."""
    for statement in SCRIPT.read_text("utf-8").rstrip(";\n").split(";\n"):
        is_temp, name = re.findall(r"create (temp )?table (\w+)", statement)[0]
        yield name, statement.replace("$last", f"'{last}'"), not is_temp


def say(step: str, begun: float) -> None:
    print(f"{step:28}{perf_counter() - begun:8.2f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
