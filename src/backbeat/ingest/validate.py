"""The contract as one SELECT over raw files of one shape: typed columns, what is rescued, and why a row is bad.

Every function that begins with bb_ is the engine's (engines/duckdb_macros.sql): the rule behind a reason code is there.
"""

from collections.abc import Iterator

from backbeat.config import Config
from backbeat.engines.engine import RawColumn
from backbeat.engines.literal import json_member
from backbeat.engines.literal import portable as literal
from backbeat.ingest.contract import READABLE, Fit
from backbeat.lake import schemas
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import SourceColumn

_LAST = "timestamp_micros(253402300799999999)"
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
LARGEST = 9_000_000_000_000
"""Whole numbers are durations in milliseconds, and this is 285 years: what is more is no duration, and would not add up."""

REASONS = (
    "key_missing",
    "customer_missing",
    "time_missing",
    "time_unreadable",
    "time_in_future",
    "time_too_old",
    "end_unreadable",
)


def select(fit: Fit, raw: str, lake: Lakehouse) -> str:
    """The typed rows of raw rows, good and bad: `_reasons` is null where a row is good, `_raw_row` where it is.

    `raw` is a FROM clause that gives the raw columns as c0, c1, …, and `_path`, `_modified` and `_row` of each row.
    """
    config = lake.config
    typed = ", ".join(_named(fit, name, lake) for name in fit.source.columns)
    judged = ", ".join([*_days(fit, config), f"{_is_good(fit, config)} as _good"])
    return f"""
select {", ".join(_outer(fit, config))} from (
  select *, {judged} from (
    select *, {typed} from {raw}))"""


def _days(fit: Fit, config: Config) -> list[str]:
    return [f"bb_day({time}, {literal(config.timezone)}) as {name}" for name, time in fit.source.partition.items()]


def _outer(fit: Fit, config: Config) -> Iterator[str]:
    for name, column in fit.source.columns.items():
        end = "bb_end" if column.type == "end" else "bb_open" if column.ends else None
        yield f"{end}({name}, {literal(config.timezone)}) as {name}" if end else name
    yield from fit.source.partition
    yield from ("_path as _source_file", "_row as _row_number", "_modified as _file_modified_at")
    yield f"{_rescued(fit)} as _rescued"
    yield f"{_sequence(fit, config)} as _sequence"
    yield f"case when not _good then {_reasons(fit, config)} end as _reasons"
    yield f"case when not _good then {_raw_row(fit)} end as _raw_row"


def _named(fit: Fit, name: str, lake: Lakehouse) -> str:
    column, raw = fit.source.columns[name], fit.column(name)
    if raw is None or not fit.is_readable(name) or raw.kind == "null":
        return lake.engine.null(schemas.TYPES[column.type], name)
    return f"{_typed(column, raw, lake.config)} as {name}"


def _typed(column: SourceColumn, raw: RawColumn, config: Config) -> str:
    if column.type == "id":
        return f"bb_id({_finite_text(raw)})"
    if column.type == "text":
        return raw.text
    if column.type == "time":
        return _time(raw.kind, raw.value, config)
    if column.type == "end":
        return _end(raw.kind, raw.value, config)
    return _number(column, raw.name, raw.kind, raw.value)


def _finite_text(raw: RawColumn) -> str:
    """The text form; where it was a float it may be of no number, which is none."""
    if raw.kind == "float":
        return f"case when bb_finite({raw.value}) is not null then {raw.text} end"
    return f"case when {raw.text} not in {_NOT_FINITE} then {raw.text} end" if raw.kind == "restored" else raw.text


def _end(kind: str, value: str, config: Config) -> str:
    """A time; one that was written as the last day there is, or later, is its last instant, which `bb_end` takes for open."""
    time = _time(kind, value, config)
    if kind in ("text", "restored"):
        return f"case when bb_is_far({value}) then {_LAST} else {time} end"
    if kind in ("date", "local", "instant"):
        return f"case when {value} >= timestamp '9999-12-31 00:00:00' then {_LAST} else {time} end"
    return time


def _time(kind: str, value: str, config: Config) -> str:
    zone = literal(config.timezone)
    return {
        "text": f"bb_time_of_text({value}, {zone})",
        "restored": f"coalesce(bb_time_of_text({value}, {zone}), bb_time_of_float(bb_number_of_text({value})))",
        "integer": f"bb_time_of_integer({value})",
        "float": f"bb_time_of_float({value})",
        "decimal": f"bb_time_of_float({value})",
        "instant": f"bb_time_of_instant({value})",
        "ns": f"bb_time_of_ns({value}, {zone})",
        "instant_ns": f"bb_time_of_ns({value}, 'UTC')",
    }.get(kind, f"bb_time_of_local({value}, {zone})")


def _number(column: SourceColumn, raw_name: str, kind: str, value: str) -> str:
    number = f"bb_number_of_text({value})" if kind in ("text", "restored") else value
    if column.type == "number":
        return f"bb_finite(cast({number} as double))"
    is_seconds = raw_name.casefold() in {name.casefold() for name in column.seconds}
    if kind == "integer" and not is_seconds:
        return f"case when {value} between -{LARGEST} and {LARGEST} then try_cast({value} as bigint) end"
    finite = f"bb_finite(cast({number} as double))"
    return f"bb_integer_of_seconds({finite})" if is_seconds else f"bb_integer({finite})"


def _is_good(fit: Fit, config: Config) -> str:
    return " and ".join(f"not ({condition})" for _, condition in _faults(fit, config))


def _reasons(fit: Fit, config: Config) -> str:
    by_code: dict[str, list[str]] = {}
    for code, condition in _faults(fit, config):
        by_code.setdefault(code, []).append(condition)
    codes = [f"case when {' or '.join(by_code[code])} then '{code}' end" for code in REASONS if code in by_code]
    return f"split(concat_ws(',', {', '.join(codes)}), ',')"


def _faults(fit: Fit, config: Config) -> Iterator[tuple[str, str]]:
    """Every reason code beside the condition under which it applies; a condition is never null."""
    for name, column in fit.source.columns.items():
        present = _is_present(fit, name)
        for code in column.required:
            yield (code, f"not ({present})" if column.type == "time" else f"{name} is null")
        if column.required and column.type == "time":
            yield "time_unreadable", f"{name} is null and {present}"
        if column.type == "end":
            yield "end_unreadable", f"{name} is null and {present}"
        if column.bounded:
            yield "time_in_future", f"coalesce({name} > _modified + {_interval(config)}, false)"
            yield (
                "time_too_old",
                f"coalesce({name} < bb_time_of_local({_earliest(config)}, {literal(config.timezone)}), false)",
            )


def _is_present(fit: Fit, name: str) -> str:
    """Whether there is a value in the raw column, readable or not."""
    raw = fit.column(name)
    return "false" if raw is None else f"{raw.value} is not null"


def _rescued(fit: Fit) -> str:
    parts = [f"case when {condition} then {_member(fit, i)} end" for i, condition in _losses(fit)]
    if not parts:
        return "cast(null as string)"
    lost = " or ".join(condition for _, condition in _losses(fit))
    return f"case when {lost} then '{{' || concat_ws(',', {', '.join(parts)}) || '}}' end"


def _losses(fit: Fit) -> list[tuple[int, str]]:
    """The raw columns whose value silver does not hold, each with the condition under which there is one."""
    unknown = [(i, f"{fit.raw[i].value} is not null") for i in fit.unknown]
    unread = [(i, loss) for name, i in fit.taken.items() if (loss := _loss(fit, name))]
    return sorted([*unknown, *unread])


def _loss(fit: Fit, name: str) -> str | None:
    column, raw = fit.source.columns[name], fit.raw[fit.taken[name]]
    if column.required or raw.kind == "null":
        return None
    if not fit.is_readable(name):
        return f"{raw.value} is not null"
    return f"{name} is null and {raw.value} is not null" if column.type in ("time", "integer", "number") else None


def _raw_row(fit: Fit) -> str:
    members = ", ".join(_member(fit, i) for i in range(len(fit.raw)))
    return f"'{{' || concat_ws(',', {members}) || '}}'"


def _member(fit: Fit, i: int) -> str:
    return json_member(fit.raw[i].name, fit.raw[i].json)


def _sequence(fit: Fit, config: Config) -> str:
    """What orders rows of one key: a number as it is, a time by its microseconds; anything else says nothing."""
    raw = fit.raw[fit.sequence] if fit.sequence is not None else None
    if raw is None or raw.kind not in READABLE["time"] - {"null"}:
        return "cast(null as double)"
    if raw.kind in ("integer", "float", "decimal"):
        return f"bb_finite(cast({raw.value} as double))"
    time = f"cast(unix_micros({_time(raw.kind, raw.value, config)}) as double)"
    return f"coalesce(bb_finite(bb_number_of_text({raw.value})), {time})" if raw.kind in ("text", "restored") else time


def _interval(config: Config) -> str:
    return f"interval '{int(config.duration('max_future').total_seconds() * 1e6)}' microsecond"


def _earliest(config: Config) -> str:
    return f"timestamp '{config.earliest.isoformat()} 00:00:00'"
