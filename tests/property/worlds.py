"""Small raw worlds that nobody would write by hand: odd types, odd names, odd times, repeated keys."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

BEGIN = datetime(2025, 3, 28, 22, tzinfo=UTC)
ARRIVAL = datetime(2025, 6, 1, tzinfo=UTC)
Column = tuple[pa.DataType | None, list[Any]]


def write_world(root: Path, random: Random) -> list[Path]:
    """Write a few files of every source and return their paths."""
    makers: dict[str, Callable[[Random], dict[str, Column]]] = {
        "customers": _customers,
        "sessions": _sessions,
        "events": _events,
        "subscriptions": _subscriptions,
        "tracks": _tracks,
        "artists": _artists,
    }
    left_out = random.choice(["", "", "", "sessions", "subscriptions", "tracks"])
    names = [name for name in makers if name != left_out for _ in range(random.randint(1, 3))]
    return [_write(root, name, i, makers[name](random), random) for i, name in enumerate(names)]


def _write(root: Path, source: str, number: int, columns: dict[str, Column], random: Random) -> Path:
    folder = random.choice([source, f"{source}/day=1", f"{source}/2025/04", f"{source}/_hour=3", f"{source}.parquet"])
    path = root / folder / f"part {number}{random.choice(['.parquet', '.PARQUET'])}"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [*columns]
    random.shuffle(names)
    arrays = [pa.array(columns[name][1], type=columns[name][0]) for name in names]
    pq.write_table(pa.table(arrays, names=names), path, use_deprecated_int96_timestamps=random.random() < 0.2)
    arrived = (ARRIVAL - timedelta(seconds=random.randint(0, 5))).timestamp()
    os.utime(path, (arrived, arrived))
    return path


def _customers(random: Random) -> dict[str, Column]:
    n = random.randint(1, 6)
    return {
        random.choice(["customer_id", "Customer_ID"]): _ids(random, [random.randint(1, 7) for _ in range(n)]),
        random.choice(["signup_date", "registration_ts", "created_at"]): _times(random, n, lag_days=40),
        random.choice(["country", "location"]): (
            None,
            [random.choice(["SE", "DE", "", None, " SE"]) for _ in range(n)],
        ),
        **_extra(random, n),
    }


def _sessions(random: Random) -> dict[str, Column]:
    n = random.randint(0, 25)
    return {
        "session_id": _ids(random, [random.randint(1, 40) for _ in range(n)]),
        "customer_id": _ids(random, [random.randint(1, 8) for _ in range(n)]),
        random.choice(["started_at", "start_timestamp", "ts", "START_TIME"]): _times(random, n),
        random.choice(["ended_at", "session_end", "other"]): _times(random, n),
        "device": (None, [random.choice(["ios", "web", None]) for _ in range(n)]),
        **_extra(random, n),
    }


def _events(random: Random) -> dict[str, Column]:
    n = random.randint(0, 25)
    return {
        "event_id": _ids(random, [random.randint(1, 50) for _ in range(n)]),
        "session_id": _ids(random, [random.randint(1, 40) for _ in range(n)]),
        "customer_id": _ids(random, [random.randint(1, 8) for _ in range(n)]),
        random.choice(["occurred_at", "event_timestamp", "timestamp"]): _times(random, n),
        "event_type": (None, [random.choice(["play", "NextSong", "skip", "Home", None]) for _ in range(n)]),
        "track_id": _ids(random, [random.randint(1, 5) for _ in range(n)]),
        "ms_played": _numbers(random, [random.choice([0, 30_000, 30_001, 180_000, 2.5, -1]) for _ in range(n)]),
    }


def _subscriptions(random: Random) -> dict[str, Column]:
    n = random.randint(0, 12)
    columns = {
        "customer_id": _ids(random, [random.randint(1, 7) for _ in range(n)]),
        "effective_start_date": _times(random, n, lag_days=30),
        "effective_end_date": _times(random, n, far=True),
        "subscription_type": (
            None,
            [random.choice(["free", "Premium", "trial", None, " ", "FREE_x"]) for _ in range(n)],
        ),
        "amount_paid": _numbers(random, [random.choice([0, 9.99, 4.5]) for _ in range(n)]),
        "status": (None, [random.choice(["active", "cancelled", "trialing", None, "Active "]) for _ in range(n)]),
    }
    with_id = {"subscription_id": _ids(random, [random.randint(1, 3) for _ in range(n)])}
    return {**columns, **random.choice([{}, with_id])}


def _tracks(random: Random) -> dict[str, Column]:
    n = random.randint(1, 5)
    length = random.choice(["duration_ms", "duration_s"])
    return {
        "track_id": _ids(random, [random.randint(1, 5) for _ in range(n)]),
        "artist_id": _ids(random, [random.randint(1, 3) for _ in range(n)]),
        length: _numbers(random, [random.choice([180_000, 200.0005, 31.5]) for _ in range(n)]),
    }


def _artists(random: Random) -> dict[str, Column]:
    n = random.randint(1, 3)
    return {"artist_id": _ids(random, [random.randint(1, 3) for _ in range(n)]), "artist_name": (None, ["Ä"] * n)}


def _extra(random: Random, n: int) -> dict[str, Column]:
    return random.choice(
        [
            {},
            {"extra": (None, [random.choice([None, 1.0, 2.5]) for _ in range(n)])},
            {"Extra Ö": (pa.list_(pa.int64()), [random.choice([None, [1, None], []]) for _ in range(n)])},
            {"x": (pa.bool_(), [True] * n), "when": (pa.date32(), [date(2025, 1, 2)] * n)},
        ]
    )


def _ids(random: Random, numbers: list[int]) -> Column:
    kind = random.choice(["int", "float", "text", "padded", "decimal", "dictionary", "small", "large", "null"])
    holes = [None if random.random() < 0.06 else number for number in numbers]
    texts = [None if number is None else str(number) for number in holes]
    if kind == "padded":
        return pa.string(), [
            None if text is None else random.choice(["\u00a0", " ", "\t", ""]) + text for text in texts
        ]
    if kind == "null" and random.random() < 0.2:
        return pa.null(), [None] * len(numbers)
    return {
        "float": (pa.float64(), [None if number is None else float(number) for number in holes]),
        "decimal": (pa.decimal128(12, 2), [None if number is None else Decimal(number) for number in holes]),
        "dictionary": (pa.dictionary(pa.int32(), pa.string()), texts),
        "small": (pa.uint8(), holes),
        "int": (pa.int64(), holes),
        "large": (pa.large_string(), texts),
    }.get(kind, (pa.string(), texts))


def _numbers(random: Random, values: list[float]) -> Column:
    kind = random.choice(["float", "text", "integer", "single"])
    holes = [None if random.random() < 0.1 else value for value in values]
    if kind == "text":
        return pa.string(), [None if v is None else random.choice([str(v), f" {v} ", "n/a"]) for v in holes]
    if kind == "integer":
        return pa.int32(), [None if v is None else int(v) for v in holes]
    return (pa.float32() if kind == "single" else pa.float64()), [
        float("nan") if v is None else float(v) for v in holes
    ]


def _times(random: Random, n: int, *, lag_days: int = 0, far: bool = False) -> Column:
    moments = [_moment(random, lag_days, far=far) for _ in range(n)]
    kind = random.choice(["iso", "iso", "epoch", "digits", "float", "naive", "zoned", "date"])
    if kind in ("iso", "digits"):
        return pa.string(), [_time_text(random, moment, kind) for moment in moments]
    if kind == "epoch":
        factor = random.choice([1, 1_000, 1_000_000, 1_000_000_000])
        return pa.int64(), [None if m is None else int(m.timestamp() * factor) for m in moments]
    if kind == "float":
        return pa.float64(), [None if m is None else m.timestamp() * random.choice([1.0, 1e3]) for m in moments]
    if kind == "date":
        return pa.date32(), [None if m is None else m.date() for m in moments]
    unit = random.choice(["s", "ms", "us"] if far else ["s", "ms", "us", "ns"])
    whole = [None if m is None else m.replace(microsecond=0) for m in moments]
    return pa.timestamp(unit, "UTC" if kind == "zoned" else None), [_naive(m) if kind == "naive" else m for m in whole]


def _moment(random: Random, lag_days: int, *, far: bool) -> datetime | None:
    if random.random() < 0.08:
        return None
    if random.random() < 0.04:
        return random.choice([datetime(1999, 12, 31, 12, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)])
    if far and random.random() < 0.2:
        return datetime(2200, 12, 31, tzinfo=UTC)
    moment = BEGIN + timedelta(
        days=random.randint(-lag_days, 6), seconds=random.choice([0, 1, 299, 300, 5_400, 50_000])
    )
    midnight = moment.replace(hour=0, minute=0, second=0)
    return random.choice([moment, moment, midnight, moment + timedelta(microseconds=random.randint(1, 999_999))])


def _time_text(random: Random, moment: datetime | None, kind: str) -> str | None:
    if moment is None:
        return random.choice(
            [
                None,
                None,
                "",
                "soon",
                "9999-12-31",
                "9999-12-31T23:59:59Z",
                "2025-02-30",
                "2025-04-01T24:00:00",
                "2025-04-01T10:00:60Z",
            ]
        )
    if kind == "digits":
        return str(int(moment.timestamp() * random.choice([1, 1_000, 1_000_000])))
    text = moment.strftime(random.choice(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]))
    zone = random.choice(["", "Z", "+02:00", "-0330", "+01"]) if len(text) > 10 else ""
    return random.choice([text + zone, f" {text}{zone} ", text + zone])


def _naive(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=None) if moment else None
