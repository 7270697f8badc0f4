"""Many read while a follower writes: no error, and the numbers of every answer belong to one published state."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest
from tests.e2e.browser.conftest import serving
from tests.e2e.browser.test_access import get
from tests.e2e.following import Following, drop, drop_table

import backbeat

COUNTRIES = ("SE", "DE", "FR")
PEOPLE, AT_FIRST = 90, 30
PATIENCE = 120
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
Judge = Callable[[bytes, "States"], None]


@dataclass(frozen=True)
class States:
    """What may have been published: after so many files there are `sessions`, of so many `customers`."""

    sessions: tuple[int, ...]
    customers: tuple[int, ...]


def feed(raw: Path, number: int) -> None:
    """The file of that number: of one customer who had not come before, and of as many who had as it has a number."""
    come = [AT_FIRST + number - 1, *range(number)]
    rows = [(f"s{number}-{n}", f"c{who}", NOW - HOUR + timedelta(seconds=number)) for n, who in enumerate(come)]
    drop(raw, f"sessions/{number:03}.parquet", rows)


def states(files: int) -> States:
    added = range(files + 1)
    return States(
        tuple(AT_FIRST + sum(n + 1 for n in range(1, last + 1)) for last in added),
        tuple(AT_FIRST + last for last in added),
    )


def windows_are_of_one_state(body: bytes, known: States) -> None:
    assert len(json.loads(body)["rows"]) == json.loads(body)["total"]
    assert shown_sessions(body) in known.sessions


def shown_sessions(body: bytes) -> int:
    return sum(row["sessions"] or 0 for row in json.loads(body)["rows"])


def kpis_are_of_one_state(body: bytes, known: States) -> None:
    rows = {(row["metric"], row["slice"], row["slice_value"]): row for row in json.loads(body)["kpis"]}
    adopted = rows["session_adoption_rate", "all", "all"]
    assert adopted["numerator"] in known.customers
    assert adopted["denominator"] == PEOPLE
    assert rows["engaged_rate", "all", "all"]["denominator"] == adopted["numerator"]
    parts = [row for (metric, by, _), row in rows.items() if (metric, by) == ("session_adoption_rate", "country")]
    assert sum(row["numerator"] for row in parts) == adopted["numerator"]


def tiles_are_of_one_state(body: bytes, known: States) -> None:
    shown = [
        (int(numerator), int(denominator))
        for numerator, denominator in re.findall(r"(\d+) of (\d+)", re.sub(r"<[^>]+>", "", body.decode()))
    ]
    (adopted, registered), (_, active) = shown[:2]
    assert (registered, active) == (PEOPLE, adopted)
    assert adopted in known.customers


def filtered_tiles_are_of_one_state(body: bytes, known: States) -> None:  # noqa: ARG001
    shown = re.findall(r"(\d+) of (\d+)", re.sub(r"<[^>]+>", "", body.decode()))
    assert int(shown[0][1]) == PEOPLE // len(COUNTRIES)
    assert shown[0][0] == shown[1][1]


def anything_goes(body: bytes, known: States) -> None:  # noqa: ARG001
    assert body


WINDOWS = "api/tables/activity_5m?limit=10000"
QUESTIONS: dict[str, Judge] = {
    WINDOWS: windows_are_of_one_state,
    "api/kpis?by=country": kpis_are_of_one_state,
    "overview": tiles_are_of_one_state,
    "overview?country=SE": filtered_tiles_are_of_one_state,
    "live": anything_goes,
    "charts/overview/6.json?country=DE": anything_goes,
    "charts/live/0.json": anything_goes,
    "api/tables/daily_engagement": anything_goes,
    "healthz": anything_goes,
}


@pytest.mark.parametrize(("readers", "files"), [(6, 8), pytest.param(50, 40, marks=pytest.mark.long)])
def test_every_answer_is_of_one_published_state(tmp_path: Path, readers: int, files: int) -> None:
    raw = tmp_path / "raw"
    people = [f"c{n}" for n in range(PEOPLE)]
    countries = [COUNTRIES[n % len(COUNTRIES)] for n in range(PEOPLE)]
    drop_table(raw, "customers/c.parquet", pa.table({"customer_id": people, "country": countries}), NOW - 10 * HOUR)
    first = [(f"s0-{n}", f"c{n}", NOW - 5 * HOUR) for n in range(AT_FIRST)]
    drop(raw, "sessions/000.parquet", first, NOW - 5 * HOUR)
    follower = Following(tmp_path)
    follower.wait_for(lambda beat: beat["what"] == "start")
    lake = backbeat.open(lake=str(tmp_path / "lake"), raw=str(raw))
    stop, known, answers = Event(), states(files), Answers()
    with serving(lake) as origin, ThreadPoolExecutor(readers) as pool:
        asking = [pool.submit(read, origin, number, stop, answers) for number in range(readers)]
        try:
            answers.wait_for(WINDOWS, known.sessions[0])
            for number in range(1, files + 1):
                feed(raw, number)
                answers.wait_for_more(readers)
            answers.wait_for(WINDOWS, known.sessions[-1])
        finally:
            stop.set()
        for future in asking:
            future.result()
    assert follower.stop() == 0
    assert [(question, status) for question, status, _ in answers if status != 200] == []
    for question, _, body in answers:
        QUESTIONS[question](body, known)


class Answers(list[tuple[str, int, bytes]]):
    """Question, status and body of everything that was answered, by any reader."""

    def wait_for(self, question: str, sessions: int) -> None:
        """Until an answer to the question shows so many sessions."""
        self._wait(lambda: any(asked == question and shown_sessions(body) == sessions for asked, _, body in [*self]))

    def wait_for_more(self, number: int) -> None:
        """Until so many more are there."""
        wanted = len(self) + number
        self._wait(lambda: len(self) >= wanted)

    def _wait(self, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_there():
            assert time.monotonic() < deadline, f"{len(self)} answers"
            time.sleep(0.1)


def read(origin: str, number: int, stop: Event, answers: Answers) -> None:
    """Ask every question again and again, each reader beginning with another one."""
    begin = number % len(QUESTIONS)
    for question in cycle([*QUESTIONS][begin:] + [*QUESTIONS][:begin]):
        if stop.is_set():
            return
        status, _, body = get(f"{origin}/{question}", accept="text/html, application/json;q=0.9")
        answers.append((question, status, body))
