"""A follower killed again and again while files come, and read all the while: the tables of an undisturbed run."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from tests.e2e.following import Following, drop_table
from tests.property.published import published

import backbeat

BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
HISTORY = {"_ingested_at", "_batch_id", "late_sessions"}
LAYERS = ("silver", "gold")
ONE_STATE = """
select (select count(*) from silver.sessions) as stored, (select sum(sessions) from gold.activity_5m) as in_windows,
  (select sum(sessions) from gold.customer_day) as in_days,
  (select sum(sessions) from gold.customer_device_day) as in_devices"""


def test_a_few_kills(tmp_path: Path) -> None:
    assert_survives(Random(6), tmp_path, kills=3, files=12)


@pytest.mark.long
def test_many_kills(tmp_path: Path) -> None:
    assert_survives(Random(7), tmp_path, kills=30, files=120)


def assert_survives(random: Random, root: Path, kills: int, files: int) -> None:
    """Kill it at random times while files come; every answer read meanwhile is of one state, and the end is the same."""
    _people(root / "raw")
    _deliver(root / "raw", random, 0)
    backbeat.open(lake=str(root / "lake"), raw=str(root / "raw")).run()
    with _read_all_the_while(root) as answers:
        _follow_and_kill(random, root, kills, files)
    assert answers.wrong == [] and answers.count >= kills
    undisturbed = backbeat.open(lake=str(root / "whole"), raw=str(root / "raw"))
    undisturbed.run()
    disturbed = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
    found = published(disturbed, history=HISTORY, layers=LAYERS)
    for name, rows in published(undisturbed, history=HISTORY, layers=LAYERS).items():
        assert found[name] == rows, name


def _follow_and_kill(random: Random, root: Path, kills: int, files: int) -> None:
    delivered, feed = 1, Following(root, max_future="1000d")
    for _ in range(kills):
        for _ in range(files // kills):
            _deliver(root / "raw", random, delivered)
            delivered += 1
            time.sleep(random.random() * 0.2)
        time.sleep(random.random() * 2)
        feed.kill()
        feed = Following(root, max_future="1000d")
    feed.wait_for(lambda beat: beat["what"] == "start")
    assert feed.stop() == 0


def _people(raw: Path) -> None:
    table = pa.table({"customer_id": [f"c{n}" for n in range(30)], "signup_date": ["2025-05-01"] * 30})
    drop_table(raw, "customers/c.parquet", table, BEGIN)


def _deliver(raw: Path, random: Random, number: int) -> None:
    """A file of sessions, some of them again, some of the day before; now and then with a bad row."""
    ids = [f"s{random.randrange(60 * (number + 1))}" for _ in range(40)]
    people = [random.choice(["c1", "c2", "c3", "stranger", None if number % 5 == 0 else "c4"]) for _ in ids]
    times = [BEGIN + timedelta(minutes=7 * number - random.randrange(600)) for _ in ids]
    table = pa.table({"session_id": ids, "customer_id": people, "started_at": times, "device": ["tv"] * len(ids)})
    drop_table(raw, f"sessions/{number:05}.parquet", table, BEGIN + timedelta(minutes=7 * number))


class Answers:
    """What a reader saw: how many answers, and those that mixed two states, or that were an error."""

    def __init__(self) -> None:
        self.count = 0
        self.wrong: list[Any] = []


@contextmanager
def _read_all_the_while(root: Path) -> Iterator[Answers]:
    answers, stop = Answers(), threading.Event()

    def read() -> None:
        lake = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
        while not stop.wait(0.2):
            try:
                row = lake.sql(ONE_STATE).to_pylist()[0]
                kpis = lake.kpis()
                answers.count += 1
                if len({*row.values()}) != 1 or not kpis:
                    answers.wrong.append(row)
            except Exception as error:
                answers.wrong.append(repr(error))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield answers
    finally:
        stop.set()
        reader.join()
