"""Very many small raw files: what taking them costs, and what the runs after it do.

    python benchmarks/files.py DIR FILES

DIR has to be new, or to hold `raw/` from before. Each file is of two sessions, in a folder an hour. The first run takes all
of them, the next finds nothing new, then comes one more file; `--dry-run` lists and plans alone.
"""

import argparse
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pipeline import backbeat, told

BEGIN, APART = datetime(2025, 7, 1, tzinfo=UTC), timedelta(seconds=50)
CUSTOMERS = 100


def main() -> None:
    """Write the files, then run and run again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("files", type=int)
    asked = parser.parse_args()
    root = asked.dir.resolve()
    raw, lake = root / "raw", root / "lake"
    if not raw.exists():
        write(raw, asked.files)
    if (there := sum(1 for _ in (raw / "sessions").rglob("*.parquet"))) != asked.files:
        sys.exit(f"{raw} has {there} files of sessions, not {asked.files}: take another folder")
    shutil.rmtree(lake, ignore_errors=True)
    run = backbeat(lake, raw, "duckdb")
    full = told(root, "all files", run)
    told(root, "nothing new", run, full)
    try:
        write_file(raw, asked.files)
        told(root, "dry run", [*run, "--dry-run"], full)
        told(root, "one more file", run, full)
    finally:
        file_of(raw, asked.files).unlink()


def write(raw: Path, files: int) -> None:
    """Customers, and sessions in so many files."""
    (raw / "customers").mkdir(parents=True)
    ids = [f"c{n}" for n in range(CUSTOMERS)]
    pq.write_table(
        pa.table({"customer_id": ids, "signup_date": ["2025-01-01"] * CUSTOMERS}), raw / "customers" / "all.parquet"
    )
    for n in range(files):
        write_file(raw, n)


def write_file(raw: Path, number: int) -> None:
    """Two sessions of the file's hour."""
    path = file_of(raw, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    sessions = {
        "session_id": [f"s{number}-{n}" for n in range(2)],
        "customer_id": [f"c{(number + n) % CUSTOMERS}" for n in range(2)],
        "start_timestamp": [(BEGIN + number * APART).isoformat()] * 2,
    }
    pq.write_table(pa.table(sessions), path)


def file_of(raw: Path, number: int) -> Path:
    """Where a file lies."""
    return raw / "sessions" / f"{BEGIN + number * APART:%Y/%m/%d/%H}" / f"{number}.parquet"


if __name__ == "__main__":
    main()
