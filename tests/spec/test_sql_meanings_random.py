"""The same on values that nobody thought of: tables of them, what SQL says of each row or group, and what Python says."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import md5
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.nouns import UnreadableError
from tests.oracle.times import read_time
from tests.oracle.values import WHITE_SPACE
from tests.relaxed import RELAXED
from tests.spec.test_sql_meanings import EPOCH, micros

from backbeat.engines import Engine

Row = dict[str, Any]
RANDOM = {"max_examples": 12, **RELAXED}
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"]
TYPES = {
    "n": pa.int64(), "a": pa.int64(), "b": pa.int64(), "at": pa.timestamp("us", tz="UTC"), "d": pa.date32(), "e": pa.date32(),
    "x": pa.float64(), "t": pa.string(), "g": pa.string(), "flag": pa.bool_(),
}  # fmt: skip


def asked(engine: Engine, sql: str, rows: Sequence[Row], **values: Any) -> list[tuple[Any, ...]]:
    """What a SELECT answers of the rows, numbered by `n`, as relation `given`."""
    numbered = [{"n": n, **row} for n, row in enumerate(rows)]
    schema = pa.schema([(name, TYPES[name]) for name in numbered[0]])
    with engine.offered("given", pa.Table.from_pylist(numbered, schema=schema)):
        return [tuple(row.values()) for row in engine.rows(sql, values)]


def rows_of(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries(columns), min_size=40, max_size=80)


INSTANTS = st.datetimes(datetime(1972, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@settings(**RANDOM)
@given(rows=rows_of(at=INSTANTS), zone=st.sampled_from(ZONES))
def test_instants(engine: Engine, rows: list[Row], zone: str) -> None:
    sql = """
    select
      unix_micros(at), timestamp_micros(cast(floor(unix_micros(at) / 300000000) as bigint) * 300000000),
      cast(convert_timezone('UTC', :zone, cast(at as timestamp_ntz)) as date),
      cast(extract(hour from convert_timezone('UTC', :zone, cast(at as timestamp_ntz))) as bigint)
    from given order by n"""

    def told(at: datetime) -> tuple[Any, ...]:
        floor, local = micros(at) // 300_000_000 * 300_000_000, at.astimezone(ZoneInfo(zone))
        return micros(at), EPOCH + timedelta(microseconds=floor), local.date(), local.hour

    found = asked(engine, sql, rows, zone=zone)
    assert found == [told(row["at"]) for row in rows]


@settings(**RANDOM)
@given(rows=rows_of(d=DAYS, e=DAYS))
def test_days(engine: Engine, rows: list[Row]) -> None:
    sql = """
    select
      cast(date_trunc('week', d) as date), cast(date_trunc('month', d) as date), datediff(e, d),
      datediff(d, cast(date_trunc('week', d) as date)) + 1, weekofyear(d), quarter(d), cast(d + 28 as date),
      datediff(e, d) div 7, date_format(d, 'yyyy-MM-dd')
    from given order by n"""

    def told(d: date, e: date) -> tuple[Any, ...]:
        between = (e - d).days
        week = d - timedelta(days=d.weekday()), d.replace(day=1), between, d.isoweekday(), d.isocalendar().week
        return *week, (d.month + 2) // 3, d + timedelta(days=28), int(between / 7), d.isoformat()

    assert asked(engine, sql, rows) == [told(**row) for row in rows]


WHOLE = st.integers(-(10**12), 10**12)


@settings(**RANDOM)
@given(rows=rows_of(a=WHOLE, b=st.integers(1, 10**6) | st.integers(-(10**6), -1)))
def test_whole_numbers(engine: Engine, rows: list[Row]) -> None:
    sql = "select a div b, pmod(a, abs(b)), a % b, least(a, b), greatest(a, b) from given order by n"

    def told(a: int, b: int) -> tuple[int, ...]:
        whole = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return whole, a % abs(b), a - whole * b, min(a, b), max(a, b)

    assert asked(engine, sql, rows) == [told(**row) for row in rows]


@settings(**RANDOM)
@given(rows=rows_of(a=st.integers(0, 10**6), b=st.integers(0, 10**6), x=st.floats(-1e9, 1e9)))
def test_shares_and_rounding(engine: Engine, rows: list[Row]) -> None:
    sql = """
    select
      cast(a as double) / nullif(b, 0), try_divide(a, b), cast(floor(x) as bigint),
      cast(floor((20000 * a + b) / nullif(2 * b, 0)) as double) / 100,
      cast(round(cast(cast(a as double) / 1000 as decimal(38, 6)), 2) as double)
    from given order by n"""

    def told(a: int, b: int, x: float) -> tuple[Any, ...]:
        share = a / b if b else None
        percent = (20000 * a + b) // (2 * b) / 100 if b else None
        cents = (Decimal(a) / 1000).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return share, share, math.floor(x), percent, float(cents)

    assert asked(engine, sql, rows) == [told(**row) for row in rows]


PIECES = [*"aAbZ_%-0 \u00a0\u3000\t\u00df\u00e9\u212a\U0001f3b5", "free", "FrEe", "fre"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), max_size=6
)


@settings(**RANDOM)
@given(rows=rows_of(t=TEXTS | st.none()))
def test_texts(engine: Engine, rows: list[Row]) -> None:
    sql = """
    select
      trim(t), nullif(trim(t), ''), length(t), md5(t), lower(t) like '%free%', concat(t, '|'),
      row_number() over (order by t, n), row_number() over (order by t desc nulls last, n)
    from given order by n"""
    by_bytes = sorted(range(len(rows)), key=lambda n: (rows[n]["t"] is not None, (rows[n]["t"] or "").encode()))
    down = sorted(range(len(rows)), key=lambda n: (rows[n]["t"] or "").encode(), reverse=True)
    nulls_last = sorted(down, key=lambda n: rows[n]["t"] is None)
    found = asked(engine, sql, rows)
    for n, row in enumerate(rows):
        assert found[n][:6] == _told_of_text(row["t"]), row
    assert [order for *_, order, _ in found] == [by_bytes.index(n) + 1 for n in range(len(rows))]
    ranked = [rows[n]["t"] for n, _ in sorted(enumerate(found), key=lambda pair: pair[1][-1])]
    assert ranked == [rows[n]["t"] for n in nulls_last]


def _told_of_text(text: str | None) -> tuple[Any, ...]:
    if text is None:
        return (None,) * 6
    bare = text.strip(" ")
    hashed = md5(text.encode(), usedforsecurity=False).hexdigest()
    return bare, bare or None, len(text), hashed, "free" in text.lower(), f"{text}|"


TIMES = st.tuples(
    st.sampled_from(["", " "]),
    st.sampled_from(["0001", "0000", "1969", "2000", "2025", "9999", "99999"]),
    st.sampled_from(["-01-01", "-02-29", "-02-30", "-06-30", "-12-31", "-13-01", "-3-1"]),
    st.sampled_from(["T", " ", "  ", ""]),
    st.sampled_from(["10", "00", "23", "24", "2", ""]),
    st.sampled_from([":04", ":59", ":60", ""]),
    st.sampled_from([":05", ":59", ":60", ""]),
    st.sampled_from(["", ".", ".5", ".123456", ".1234567", ".999999999"]),
    st.sampled_from(["", "Z", "z", "+05:30", "-0330", "+14", "+23:59", "-24:00", "+5"]),
    st.sampled_from(["", " ", "\t"]),
).map("".join)
DATES_OF_TEXT = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(str) | st.dates().map(str)
ZONED = st.tuples(DATES_OF_TEXT, st.sampled_from(["Z", "Z", "+05:30", "-0330"])).map("".join)
EPOCHS = st.integers(0, 10**19).map(str) | st.sampled_from(
    ["1751364000", "1751364000000", "1e9", "-5", "17.0", "9" * 38]
)


@settings(**{**RANDOM, "max_examples": 30})
@given(rows=rows_of(t=TIMES | ZONED | DATES_OF_TEXT | EPOCHS), zone=st.sampled_from(ZONES))
def test_texts_as_times(engine: Engine, rows: list[Row], zone: str) -> None:
    found = asked(engine, f"select bb_time_of_text(t, '{zone}') from given order by n", rows)

    def told(text: str) -> datetime | None:
        try:
            return read_time(text, ZoneInfo(zone))
        except UnreadableError:
            return None

    for row, (time,) in zip(rows, found, strict=True):
        assert time == told(row["t"]), row


@settings(**RANDOM)
@given(rows=rows_of(t=TEXTS | st.none()))
def test_texts_as_ids(engine: Engine, rows: list[Row]) -> None:
    found = asked(engine, "select bb_id(t) from given order by n", rows)
    assert found == [((row["t"] or "").strip(WHITE_SPACE) or None,) for row in rows]


GROUPS = st.none() | st.sampled_from("uvw")
FEW = st.none() | st.integers(-3, 5)


@settings(**RANDOM)
@given(rows=rows_of(g=GROUPS, a=FEW, flag=st.none() | st.booleans()))
def test_groups(engine: Engine, rows: list[Row]) -> None:
    sql = """
    select
      g, count(*), count(a), count(distinct a), sum(a), sum(coalesce(a, 0)), count(*) filter (where flag),
      count(*) filter (where not flag), min(a), max(a), cast(median(a) as double),
      cast(percentile_cont(0.95) within group (order by a) as double), min_by(n, struct(-coalesce(a, 0), n))
    from given group by g order by g nulls first"""
    groups: dict[str | None, list[tuple[int, Row]]] = defaultdict(list)
    for n, row in enumerate(rows):
        groups[row["g"]].append((n, row))
    expected = [(g, *_told_of_group(groups[g])) for g in sorted(groups, key=lambda g: (g is not None, g or ""))]
    found = asked(engine, sql, rows)
    assert [row[:11] for row in found] == [row[:11] for row in expected]
    assert [row[11] for row in found] == [pytest.approx(row[11], abs=1e-12) for row in expected]
    assert [row[12] for row in found] == [row[12] for row in expected]


def _told_of_group(rows: list[tuple[int, Row]]) -> tuple[Any, ...]:
    known = sorted(row["a"] for _, row in rows if row["a"] is not None)
    flags = [row["flag"] for _, row in rows]
    most = min(rows, key=lambda pair: (-(pair[1]["a"] or 0), pair[0]))[0]
    place = 0.95 * (len(known) - 1)
    low = math.floor(place)
    tail = known[low] + (place - low) * (known[min(low + 1, len(known) - 1)] - known[low]) if known else None
    counts = len(rows), len(known), len({*known}), sum(known) if known else None, sum(known)
    ends = (known[0], known[-1], float(median(known))) if known else (None, None, None)
    return *counts, flags.count(True), flags.count(False), *ends, tail, most


@settings(**RANDOM)
@given(rows=rows_of(g=GROUPS, a=FEW))
def test_windows_and_grouping_sets(engine: Engine, rows: list[Row]) -> None:
    sql = """
    select
      n, lag(a) over w, lead(a) over w, sum(a) over (partition by g order by n rows between 2 preceding and current row),
      row_number() over (partition by g order by a desc nulls last, n)
    from given window w as (partition by g order by n) order by n"""
    ordered: dict[str | None, list[int]] = defaultdict(list)
    for n, row in enumerate(rows):
        ordered[row["g"]].append(n)
    expected = []
    for n, row in enumerate(rows):
        peers = ordered[row["g"]]
        at = peers.index(n)
        last = [rows[m]["a"] for m in peers[max(at - 2, 0) : at + 1] if rows[m]["a"] is not None]
        ranks = sorted(peers, key=lambda m: (rows[m]["a"] is None, -(rows[m]["a"] or 0), m))
        before = rows[peers[at - 1]]["a"] if at else None
        after = rows[peers[at + 1]]["a"] if at + 1 < len(peers) else None
        expected.append((n, before, after, sum(last) if last else None, ranks.index(n) + 1))
    assert asked(engine, sql, rows) == expected
    totals = asked(engine, "select g, grouping(g), sum(a) from given group by grouping sets ((), (g))", rows)
    assert {(g, is_all): total for g, is_all, total in totals} == _told_of_sets(rows)


def _told_of_sets(rows: list[Row]) -> dict[tuple[str | None, int], int | None]:
    sets: dict[tuple[str | None, int], list[int]] = {(None, 1): []}
    for row in rows:
        for key in ((row["g"], 0), (None, 1)):
            sets.setdefault(key, []).extend([] if row["a"] is None else [row["a"]])
    return {key: sum(found) if found else None for key, found in sets.items()}
