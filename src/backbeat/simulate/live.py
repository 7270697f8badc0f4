"""A feed that goes on: files written as time passes, with what an operator should notice, and the truth about it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa

from backbeat.errors import UsageError
from backbeat.simulate.clock import WEEKEND, WORKDAY
from backbeat.simulate.parquet import parquet_bytes
from backbeat.simulate.span import chance

TICK = 1.0
"""Seconds of the clock between two files."""
SESSIONS_A_DAY = 4
DEVICES = ("mobile", "desktop", "tv", "speaker")
MANY_YEARS = timedelta(days=36_500)


@dataclass(frozen=True)
class Stretch:
    """A part of the world's time, given as shares of it, in which listening is multiplied by `factor`."""

    kind: str
    begin: float
    end: float
    factor: float


STRETCHES = (Stretch("spike", 0.45, 0.52, 2.0), Stretch("outage", 0.70, 0.77, 0.0))
HELD_BACK = (0.20, 0.40)
"""The shares of the world's time from which on the first file with sessions is held back, and at which it comes."""
FUTURE_AT = 0.30


@dataclass
class LiveWorld:
    """A world whose time runs `speed` times as fast as the clock, from `start` on for `seconds` of the clock.

    It starts speed × duration before now, so that it never gets ahead of the clock.
    """

    customers: int
    seed: int
    speed: float
    seconds: float
    start: datetime
    sessions: int = 0
    held: list[tuple[int, pa.Table]] = field(default_factory=list)
    happened: dict[str, Any] = field(default_factory=dict)

    @property
    def ticks(self) -> int:
        return max(int(self.seconds / TICK), 1)

    def at(self, share: float) -> datetime:
        """The world's time when that share of it is over."""
        return self.start + timedelta(seconds=share * self.seconds * self.speed)

    def files(self, tick: int) -> Iterator[tuple[str, pa.Table]]:
        """The files of a tick: usually one of sessions, sometimes none, or one more that comes late."""
        name, table = f"sessions/live/{tick:06}.parquet", self._table(tick)
        held_at, comes_at = (round(share * self.ticks) for share in HELD_BACK)
        if tick >= comes_at and self.held:
            came, late = self.held.pop()
            self.happened["late"] = {"file": f"sessions/live/{came:06}-late.parquet", "sessions": late.num_rows}
            yield self.happened["late"]["file"], late
        whole = self._with_future(tick, name, table)
        if held_at <= tick < comes_at and whole is table and table.num_rows and not self.held:
            self.held.append((tick, table))
        elif whole.num_rows:
            yield name, whole

    def truth(self) -> dict[str, Any]:
        """What has been written so far, and when what happens."""
        incidents = [
            {"kind": s.kind, "start": _iso(self.at(s.begin)), "end": _iso(self.at(s.end)), "factor": s.factor}
            for s in STRETCHES
        ]
        settings = {"customers": self.customers, "seed": self.seed, "speed": self.speed, "start": _iso(self.start)}
        return {**settings, "end": _iso(self.at(1)), "sessions": self.sessions, "incidents": incidents, **self.happened}

    def _table(self, tick: int) -> pa.Table:
        rng = chance(self.seed, "live", tick)
        begin, end = self.at(tick / self.ticks), self.at((tick + 1) / self.ticks)
        number = int(rng.poisson(self._expected(begin, end, tick / self.ticks)))
        offsets = np.sort(rng.random(number)) * (end - begin).total_seconds()
        self.sessions += number
        return pa.table(
            {
                "session_id": _texts(f"live-{self.start:%Y%m%d%H%M%S}-{tick}-{n}" for n in range(number)),
                "customer_id": _texts(f"live{n:06}" for n in rng.integers(0, self.customers, number)),
                "started_at": pa.array([begin + timedelta(seconds=s) for s in offsets], pa.timestamp("us", "UTC")),
                "device": _texts(DEVICES[n] for n in rng.integers(0, len(DEVICES), number)),
            }
        )

    def _expected(self, begin: datetime, end: datetime, share: float) -> float:
        hours = WEEKEND if begin.weekday() >= 5 else WORKDAY
        factor = next((each.factor for each in STRETCHES if each.begin <= share < each.end), 1.0)
        daily = self.customers * SESSIONS_A_DAY * factor * hours[begin.hour] / sum(hours)
        return daily * (end - begin).total_seconds() / 3600

    def _with_future(self, tick: int, name: str, table: pa.Table) -> pa.Table:
        """The same table, once with a row that a wrong clock has stamped."""
        if tick != round(FUTURE_AT * self.ticks):
            return table
        row = {"session_id": "live-future", "customer_id": "live000000", "started_at": self.at(1) + MANY_YEARS}
        self.happened["future"] = {"file": name, "session_id": row["session_id"]}
        return pa.concat_tables([table, pa.Table.from_pylist([{**row, "device": "tv"}], schema=table.schema)])


def _texts(values: Iterable[str]) -> pa.Array:
    """Texts as a column, of that type also where there are none."""
    return pa.array([*values], pa.string())


def simulate_live(
    root: Path,
    *,
    customers: int,
    seed: int,
    speed: float,
    seconds: float,
    stop: Event,
    tell: Callable[..., None] = lambda *_: None,
) -> dict[str, Any]:
    """Write a file a second below `root` until `seconds` are over or `stop` is set; returns the truth.

    Raises UsageError for a speed or a time that is not above 0.
    """
    if speed <= 0 or seconds <= 0:
        raise UsageError("a live world needs a --speed and a --duration above 0")
    begun = datetime.now(UTC)
    world = LiveWorld(customers, seed, speed, seconds, begun - timedelta(seconds=speed * seconds))
    people = {"customer_id": [f"live{n:06}" for n in range(customers)], "signup_date": [world.start.date()] * customers}
    _place(root / "customers" / "live.parquet", pa.table(people))
    for tick in range(world.ticks):
        if stop.wait(max((tick + 1) * TICK - (datetime.now(UTC) - begun).total_seconds(), 0)):
            break
        for name, table in world.files(tick):
            _place(root / name, table)
        (root / "truth.json").write_text(json.dumps(world.truth(), indent=1) + "\n", "utf-8")
        tell(f"{world.at((tick + 1) / world.ticks):%Y-%m-%d %H:%M}: {world.sessions:,} sessions", tick + 1, world.ticks)
    return world.truth()


def _place(path: Path, table: pa.Table) -> None:
    """Nobody sees a file that is half written: it is hidden until it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(parquet_bytes(table))
    hidden.rename(path)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
