"""What the SQL of our texts means: each form beside what Python says of the same values. Every engine has to agree."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.spark.small import SPARK

from backbeat.config import Config
from backbeat.engines import Engine, open_engine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def value(engine: Engine, sql: str, **values: Any) -> Any:
    return engine.rows(f"select {sql} as v", values)[0]["v"]


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


INSTANTS = [
    datetime(2025, 7, 1, 10, 4, 59, 999999, tzinfo=UTC),
    datetime(2025, 7, 1, 10, 5, tzinfo=UTC),
    datetime(2025, 3, 30, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(2025, 3, 30, 1, 0, tzinfo=UTC),
    datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC),
    datetime(2024, 12, 31, 23, 30, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]

DAYS = [date(2024, 12, 30), date(2025, 1, 1), date(2025, 6, 29), date(2025, 6, 30), date(2024, 2, 29), date(2027, 1, 3)]


@pytest.mark.parametrize("at", INSTANTS)
def test_unix_micros_and_back(engine: Engine, at: datetime) -> None:
    assert value(engine, "unix_micros(:at)", at=at) == micros(at)
    assert value(engine, "timestamp_micros(unix_micros(:at) + 1)", at=at) == at + timedelta(microseconds=1)


@pytest.mark.parametrize("at", INSTANTS)
def test_the_five_minute_window_of_an_instant(engine: Engine, at: datetime) -> None:
    sql = "timestamp_micros(cast(floor(unix_micros(:at) / 300000000) as bigint) * 300000000)"
    assert value(engine, sql, at=at) == EPOCH + timedelta(seconds=math.floor(micros(at) / 300_000_000) * 300)


@pytest.mark.parametrize("at", INSTANTS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])
def test_the_local_day_of_an_instant(engine: Engine, at: datetime, zone: str) -> None:
    sql = "cast(convert_timezone('UTC', :zone, cast(:at as timestamp_ntz)) as date)"
    assert value(engine, sql, at=at, zone=zone) == at.astimezone(ZoneInfo(zone)).date()


@pytest.mark.parametrize("day", DAYS)
def test_parts_of_a_day(engine: Engine, day: date) -> None:
    monday = day - timedelta(days=day.weekday())
    assert value(engine, "cast(date_trunc('week', :d) as date)", d=day) == monday
    assert value(engine, "cast(date_trunc('month', :d) as date)", d=day) == day.replace(day=1)
    assert value(engine, "datediff(:d, cast(date_trunc('week', :d) as date)) + 1", d=day) == day.isoweekday()
    assert value(engine, "weekofyear(:d)", d=day) == day.isocalendar().week
    assert value(engine, "quarter(:d)", d=day) == (day.month + 2) // 3
    assert value(engine, "date_format(:d, 'MMMM')", d=day) == day.strftime("%B")
    assert value(engine, "date_format(:d, 'EEEE')", d=day) == day.strftime("%A")
    assert value(engine, "date_format(:d, 'yyyy-MM-dd HH:mm:ss')", d=day) == f"{day} 00:00:00"
    assert value(engine, "cast(:d + 28 as date)", d=day) == day + timedelta(days=28)


@pytest.mark.parametrize("day", DAYS)
def test_days_of_the_week(engine: Engine, day: date) -> None:
    assert value(engine, "dayofweek(:d)", d=day) == day.isoweekday() % 7 + 1
    assert value(engine, "weekday(:d)", d=day) == day.weekday()


def test_utc_and_a_zone(engine: Engine) -> None:
    at, zone = datetime(2025, 7, 1, 2, 16, tzinfo=UTC), "America/New_York"
    assert value(engine, "from_utc_timestamp(:at, :zone)", at=at, zone=zone) == at - timedelta(hours=4)
    assert value(engine, "to_utc_timestamp(:at, :zone)", at=at, zone=zone) == at + timedelta(hours=4)
    winter = datetime(2025, 12, 1, 17, tzinfo=UTC)
    assert value(engine, "to_utc_timestamp('2025-12-01 12:00', :zone)", zone=zone) == winter


QUOTED = [
    ("'it''s'", "it's"),
    ("''''", "'"),
    ("''", ""),
    (r"'\\\''''", "\\''"),
    ('"it\'s"', "it's"),
    ('"say ""so"""', 'say "so"'),
    ("':a'':a'", ":a':a"),
]


@pytest.mark.parametrize(("sql", "text"), QUOTED)
def test_quotes_in_text(engine: Engine, sql: str, text: str) -> None:
    assert value(engine, sql, a=1) == text


def test_a_day_before_another(engine: Engine) -> None:
    assert value(engine, "datediff(:b, :a)", a=date(2024, 2, 28), b=date(2024, 3, 1)) == 2


def test_a_sequence_of_days_has_both_ends(engine: Engine) -> None:
    sql = "select cast(day as date) as day from (select explode(sequence(:a, :b, interval 1 day)) as day)"
    rows = engine.rows(sql, {"a": date(2025, 2, 27), "b": date(2025, 3, 1)})
    assert [row["day"] for row in rows] == [date(2025, 2, 27), date(2025, 2, 28), date(2025, 3, 1)]


def test_a_sequence_of_numbers_has_both_ends(engine: Engine) -> None:
    assert [row["n"] for row in engine.rows("select explode(sequence(2, 5)) as n")] == [2, 3, 4, 5]


@pytest.mark.parametrize(("a", "b"), [(7, 2), (-7, 2), (7, -2), (0, 3)])
def test_div_cuts_toward_zero_and_slash_does_not(engine: Engine, a: int, b: int) -> None:
    assert value(engine, f"({a}) div ({b})") == int(a / b)
    assert value(engine, f"({a}) / ({b})") == pytest.approx(a / b)


@pytest.mark.parametrize(("a", "b"), [(7, 3), (-7, 3), (-1, 300), (0, 3)])
def test_pmod_is_never_negative(engine: Engine, a: int, b: int) -> None:
    assert value(engine, f"pmod({a}, {b})") == a % b


@pytest.mark.parametrize("x", [2.5, -2.5, 0.999999, -0.000001, 3.0])
def test_floor_is_floor(engine: Engine, x: float) -> None:
    assert value(engine, f"cast(floor({x}) as bigint)") == math.floor(x)


@pytest.mark.parametrize("x", ["1.005", "2.675", "0.125", "99.995", "66.665"])
def test_round_half_up_of_decimals(engine: Engine, x: str) -> None:
    expected = float(Decimal(x).quantize(Decimal("0.01"), ROUND_HALF_UP))
    assert value(engine, f"cast(round(cast({x} as decimal(38, 6)), 2) as double)") == expected


def test_division_by_zero_is_null(engine: Engine) -> None:
    assert value(engine, "1 / nullif(0, 0)") is None
    assert value(engine, "try_divide(1, 0)") is None


WORDS = [("a",), ("B",), (None,), ("ä",), ("Z",), ("b",)]


def test_text_is_ordered_by_its_bytes_and_nulls_come_first(engine: Engine) -> None:
    listed = ", ".join("(null)" if word is None else f"('{word}')" for (word,) in WORDS)
    up = engine.rows(f"select w, row_number() over (order by w) as n from values {listed} as t(w)")
    down = engine.rows(f"select w, row_number() over (order by w desc nulls last) as n from values {listed} as t(w)")
    words = sorted((w for (w,) in WORDS if w), key=lambda w: w.encode())
    assert [row["w"] for row in sorted(up, key=lambda row: row["n"])] == [None, *words]
    assert [row["w"] for row in sorted(down, key=lambda row: row["n"])] == [*words[::-1], None]


def test_filters_conditions_and_nulls(engine: Engine) -> None:
    sql = """
    select count(*) filter (where flag) as yes, count(*) filter (where not flag) as no, count(distinct x) as xs,
      sum(coalesce(x, 0)) as total, sum(x) as plain
    from values (true, 1), (false, 1), (null, null), (true, 2) as t(flag, x)"""
    assert engine.rows(sql) == [{"yes": 2, "no": 1, "xs": 2, "total": 4, "plain": 4}]


def test_lag_lead_and_running_sums(engine: Engine) -> None:
    sql = """
    select n, lag(n) over (order by n) as before, lead(n) over (order by n) as after,
      sum(n) over (order by n rows between unbounded preceding and current row) as running
    from values (1), (2), (4) as t(n) order by n"""
    assert [tuple(row.values()) for row in engine.rows(sql)] == [(1, None, 2, 1), (2, 1, 4, 3), (4, 2, None, 7)]


@pytest.mark.parametrize(("kind", "found"), [("play", True), ("PLAY", False), ("skip", False), (None, None)])
def test_array_contains(engine: Engine, kind: str | None, found: bool | None) -> None:
    sql = f"array_contains(:kinds, {'cast(null as string)' if kind is None else repr(kind)})"
    assert value(engine, sql, kinds=["play", "NextSong"]) is found


def test_an_array_gathered_from_days_contains_them(engine: Engine) -> None:
    sql = """
    select who, array_contains(days, date '2025-07-07') as has_7, array_contains(days, date '2025-07-08') as has_8
    from (
      select who, array_agg(day) as days
      from values ('a', date '2025-07-07'), ('a', date '2025-07-08'), ('b', date '2025-07-08') as t(who, day)
      group by who)
    order by who"""
    assert [tuple(row.values()) for row in engine.rows(sql)] == [("a", True, True), ("b", False, True)]


@pytest.mark.parametrize("places", [[0], [1, 1, 27], [28, 55], [3, 30, 59]], ids=str)
def test_days_as_bits(engine: Engine, places: list[int]) -> None:
    """Each sets its bit once; a number is taken apart by dividing it."""
    rows = ", ".join(f"({place})" for place in places)
    bits = f"(select bit_or(cast(power(2, place) as bigint)) from values {rows} as t(place))"
    true = sum(1 << place for place in {*places})
    assert value(engine, bits) == true
    after = "cast(power(2, 28) as bigint)"
    assert value(engine, f"({bits} div {after}) % 268435456") == (true >> 28) % (1 << 28)
    assert value(engine, f"bit_count({bits})") == true.bit_count()


@pytest.mark.parametrize(
    ("text", "found"), [("Free", True), ("free_tier", True), ("premium", False), ("FREEmium", True)]
)
def test_like_ignores_case_only_when_told(engine: Engine, text: str, found: bool) -> None:
    assert value(engine, f"lower('{text}') like '%free%'") is found
    assert value(engine, f"'{text}' like '%Free%'") is ("Free" in text)


def test_concat_with_null_is_null(engine: Engine) -> None:
    assert value(engine, "concat('a', cast(null as string))") is None
    assert value(engine, "concat('a', '@', cast(12 as string))") == "a@12"


def test_parameters_are_values_and_never_sql(engine: Engine) -> None:
    assert value(engine, ":text", text="it's; drop table x --") == "it's; drop table x --"
    assert value(engine, ":from", **{"from": date(2025, 7, 1)}) == date(2025, 7, 1)
    assert value(engine, "cast('10:30' as string)") == "10:30"


ODD = {
    "text": [
        "",
        " ",
        "x",
        "+",
        "-1",
        "Z",
        "2025-02-26",
        "2025-02-26T10:00",
        "2025-02-26T10:00:60+99:99",
        "1e999",
        "9" * 40,
    ],
    "whole": [0, -1, 10**11, 2**63 - 1, -(2**63)],
    "number": ["0.5", "-1e308", "1e20", "1e22", "nan", "infinity", "-infinity"],
    "time": ["0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"],
}
TYPES = {"text": "string", "whole": "bigint", "number": "double", "time": "timestamp"}


@pytest.mark.parametrize(
    ("kind", "calls"),
    [
        ("text", "bb_id(v), bb_plain_time(v), bb_offset_micros(v), bb_time_of_text(v, 'Europe/Berlin')"),
        ("text", "bb_number_of_text(v), bb_json(v)"),
        ("whole", "bb_time_of_micros(v), bb_time_of_integer(v), bb_time_of_ns(v, 'UTC')"),
        ("number", "bb_finite(v), bb_time_of_float(v), bb_integer(v), bb_integer_of_seconds(v)"),
        ("time", "bb_time_of_local(v, 'Asia/Kathmandu'), bb_time_of_instant(v), bb_open(v, 'America/St_Johns')"),
        ("time", "bb_end(v, 'America/St_Johns'), bb_day(v, 'Asia/Kathmandu')"),
    ],
)
def test_no_function_of_spark_fails_whatever_it_is_given(kind: str, calls: str) -> None:
    """Spark may call one before it has looked at the `when` that guards the call."""
    spark = open_engine(Config(engine="spark", spark=SPARK))
    values = ", ".join(f"cast('{value}' as {TYPES[kind]})" for value in ODD[kind])
    found = spark.query(f"select to_json(struct({calls})) as c from (select explode(array({values}, null)) as v)")
    assert found.num_rows == len(ODD[kind]) + 1
