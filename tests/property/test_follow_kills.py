"""A follower killed again and again while files come, and read all the while: the tables of an undisturbed run.

python -m tests.property.test_follow_kills DIR [KILLS]      the same for as long as you like, 500 by default
"""

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from tests.e2e.following import Following, drop_table
from tests.property.published import published
from tests.property.readers import NEW_ROWS, reading

import backbeat

BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
HISTORY = {"_ingested_at", "_batch_id", "late_sessions"}
LAYERS = ("silver", "gold")
SETTINGS = {"max_future": "1000d", "idle_timeout": "10000d"}
FILES_A_LIFE = 4


def test_a_few_kills(tmp_path: Path) -> None:
    assert_survives(Random(6), tmp_path, kills=2)


@pytest.mark.long
def test_many_kills(tmp_path: Path) -> None:
    assert_survives(Random(7), tmp_path, kills=30)


def assert_survives(random: Random, root: Path, kills: int) -> dict[str, int]:
    """Kill it at random times while files come; every answer read meanwhile is of one state, and the end is the same.

    Returns how many answers each reader had.
    """
    _people(root / "raw")
    _deliver(root / "raw", random, 0)
    backbeat.open(lake=str(root / "lake"), raw=str(root / "raw")).run()
    with reading(root) as answers:
        _follow_and_kill(random, root, kills)
    assert not answers.wrong, answers.wrong
    assert all(count >= kills for count in answers.counts.values())
    undisturbed = backbeat.open(lake=str(root / "whole"), raw=str(root / "raw"))
    undisturbed.run()
    disturbed = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
    found = published(disturbed, history=HISTORY, layers=LAYERS)
    for name, rows in published(undisturbed, history=HISTORY, layers=LAYERS).items():
        assert found[name] == rows, name
    assert _account(disturbed) == _account(undisturbed)
    return answers.counts


def _follow_and_kill(random: Random, root: Path, kills: int) -> None:
    number = 0
    for life in range(kills):
        feed = Following(root, **SETTINGS)
        for number in range(FILES_A_LIFE * life + 1, FILES_A_LIFE * (life + 1) + 1):
            _deliver(root / "raw", random, number)
            time.sleep(random.random() * 0.3)
        random.choices((_while_it_starts, _while_it_works, _while_it_tidies), (2, 2, 1))[0](random, feed)
        feed.kill()
    feed = Following(root, **SETTINGS)
    feed.wait_for(lambda beat: beat["what"] == "start")
    assert feed.stop() == 0


def _while_it_starts(random: Random, feed: Following) -> None:
    assert feed.process.poll() is None
    time.sleep(random.random() * 2)


def _while_it_works(random: Random, feed: Following) -> None:
    assert feed.process.poll() is None
    time.sleep(2 + random.random() * 3)


def _while_it_tidies(random: Random, feed: Following) -> None:
    """Once no file waits, all tables are brought up to date; then files are merged, logs shortened."""
    log = feed.log.parent / "lake" / "gold" / "kpi_summary" / "_delta_log"
    before, deadline = len([*log.iterdir()]), time.monotonic() + 30
    while len([*log.iterdir()]) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(random.random() * 3)


def _people(raw: Path) -> None:
    table = pa.table({"customer_id": [f"c{n}" for n in range(30)], "signup_date": ["2025-05-01"] * 30})
    drop_table(raw, "customers/c.parquet", table, BEGIN)


def _deliver(raw: Path, random: Random, number: int) -> None:
    """A file of new sessions, of some that were there before, some of the day before; now and then with a bad row."""
    known = [f"s{random.randrange(NEW_ROWS * number)}" for _ in range(5 if number else 0)]
    ids = [*(f"s{NEW_ROWS * number + n}" for n in range(NEW_ROWS)), *known, f"bad{number}"]
    people = [*(random.choice(["c1", "c2", "c3", "stranger"]) for _ in ids[1:]), "c4" if number % 5 else None]
    times = [BEGIN + timedelta(minutes=7 * number - random.randrange(600)) for _ in ids]
    times[-1] = times[-1] if number % 5 == 0 else None
    table = pa.table({"session_id": ids, "customer_id": people, "started_at": times, "device": ["tv"] * len(ids)})
    drop_table(raw, f"sessions/{number:05}.parquet", table, BEGIN + timedelta(minutes=7 * number))


def _account(lake: Any) -> dict[str, int]:
    """What the ledger says of rows; every file stands in it once."""
    files = lake.sql(
        "select count(*) as files, count(distinct path) as paths, sum(rows) as rows_in_files from ops.files"
    )
    batches = lake.sql("""
select sum(rows_read) as read, sum(rows_accepted - rows_replaced) as kept, sum(rows_quarantined) as quarantined,
  sum(files) as files_taken from ops.batches""")
    return {**files.to_pylist()[0], **batches.to_pylist()[0]}


if __name__ == "__main__":
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    answers = assert_survives(Random(8), Path(sys.argv[1]), kills)
    sys.stdout.write(f"{kills} kills, answers read meanwhile: {answers}\n")
