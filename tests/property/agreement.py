"""The pipeline's tables against the oracle's, row by row; what differs is named by its key."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests import oracle
from tests.oracle import parts, stars

import backbeat
from backbeat import content
from backbeat.predict.frame import Reader

Row = dict[str, Any]

IGNORED = {"_batch_id", "_ingested_at", "_sequence", "late_sessions"}
GOLD = {
    "known_customers": lambda world, _: oracle.known_customers(world),
    "weeks_active": lambda world, _: oracle.weeks_active(world),
    "customer_day": lambda world, _: oracle.customer_day(world),
    "customer_device_day": lambda world, _: oracle.customer_device_day(world),
    "customer_event_day": lambda world, _: oracle.customer_event_day(world),
    "plan_periods": lambda world, _: oracle.plan_periods(world),
    "plan_days": lambda world, _: stars.plan_days(world),
    "activity_5m": lambda world, closed: oracle.activity_5m(world, closed=closed),
    "kpis": lambda world, closed: oracle.kpis(world, closed=closed),
    "kpi_summary": lambda world, _: oracle.kpi_summary(world),
    "sessions_histogram": lambda world, _: oracle.sessions_histogram(world),
    "dates": lambda world, _: oracle.dates(world),
    "daily_engagement": lambda world, _: oracle.daily_engagement(world),
    "active_days": lambda world, _: oracle.active_days(world),
    "retention_weekly": lambda world, closed: oracle.retention_weekly(world, closed=closed),
    "feature_adoption": lambda world, _: oracle.feature_adoption(world),
    "conversion": lambda world, closed: oracle.conversion(world, closed=closed),
    "funnel": lambda world, closed: oracle.funnel(world, closed=closed),
    "track_daily": lambda world, _: oracle.track_daily(world),
    "artist_daily": lambda world, _: oracle.artist_daily(world),
    "first_sessions": lambda world, _: oracle.first_sessions(world),
    "first_uses": lambda world, _: oracle.first_uses(world),
    "feature_types": lambda world, _: oracle.feature_types(world),
    "customer_segments": lambda world, _: oracle.customer_segments(world),
    "star_customers": lambda world, _: stars.star_customers(world),
    "star_customer_day": lambda world, _: stars.star_customer_day(world),
    "star_customer_device_day": lambda world, _: stars.star_customer_device_day(world),
    "star_plan_periods": lambda world, _: stars.star_plan_periods(world),
    "star_paid_subscriptions": lambda world, _: stars.star_paid_subscriptions(world),
    "star_track_daily": lambda world, _: stars.star_track_daily(world),
    "star_artist_daily": lambda world, _: stars.star_artist_daily(world),
    "star_tracks": lambda world, _: stars.star_tracks(world),
    "star_artists": lambda world, _: stars.star_artists(world),
    "star_slices": lambda world, _: stars.star_slices(world),
    "star_customer_retention": lambda world, _: parts.star_customer_retention(world),
    "star_customer_features": lambda world, _: parts.star_customer_features(world),
    "star_customer_conversion": lambda world, _: parts.star_customer_conversion(world),
    "star_customer_funnel": lambda world, _: parts.star_customer_funnel(world),
}


def disagreements(raw: Path, lake: Path, *, close: bool = True, **settings: Any) -> list[str]:
    """Run the pipeline and the oracle on a raw folder; every difference in words."""
    opened = backbeat.open(lake=str(lake), raw=str(raw), **settings)
    opened.run(close=close)
    return differences(opened, raw, close=close, timezone=settings.get("timezone", "UTC"))


def differences(
    opened: Any, raw: Path, *, close: bool, timezone: str = "UTC", rules: oracle.Rules | None = None
) -> list[str]:
    """What differs between a lake and the oracle's reading of its raw folder; `rules` are those of exclusions."""
    everybody = oracle.read_raw(raw, timezone=timezone)
    world = oracle.without_excluded(everybody, rules or {})
    found: list[str] = []
    for source, rows in world.silver.items():
        found += _differing(f"silver.{source}", _table(opened, f"silver.{source}"), rows, content.sources()[source].key)
    found += _differing(
        "ops.quarantine", _quarantine(opened), [_quarantined(row) for row in world.quarantine], _LINEAGE
    )
    left_out = oracle.excluded_customers(everybody, rules or {})
    found += _differing("gold.excluded_customers", _table(opened, "gold.excluded_customers"), left_out, _RULE)
    for name, table in GOLD.items():
        key = content.tables()[name].key
        expected = table(world, close)
        found += _differing(f"gold.{name}", _comparable(_table(opened, f"gold.{name}"), expected), expected, key)
    return [*found, *_foretelling(opened, world), *_counts(opened, world)]


def _foretelling(opened: Any, world: oracle.World) -> Iterable[str]:
    """What predictions know of customers in the middle of the lake's days, and what their labels ask."""
    clock = opened.show_published()
    if clock.as_of is None or clock.first_at is None:
        return
    first, last = clock.day(clock.first_at), clock.day(clock.as_of)
    to = first + (last - first) * 2 // 3
    expected = {
        "engaged": oracle.engaged(world, to, days=10, threshold=2),
        "churned": oracle.churned(world, to, days=10),
    }
    for name, rows in expected.items():
        reader = Reader(opened.house, clock, content.labels()[name], horizon=10, sessions=2)
        asked = opened.house.rows(content.with_relations(reader.label.sql), **reader.values(to))
        yield from _differing(f"label {name}", asked, rows, ("customer_id",))
    found = opened.house.rows(content.predictor_sql(), **reader.values(to))
    yield from _differing("predictors", found, oracle.predictors(world, to), ("customer_id",))


_RULE = ("customer_id", "rule")
_LINEAGE = ("source", "source_file", "row_number")


def _table(opened: Any, name: str) -> list[Row]:
    return list(opened.sql(f"select * from {name}").to_pylist())


def _comparable(found: list[Row], expected: list[Row]) -> list[Row]:
    """The rows of those slices that the oracle knows."""
    known = {row.get("slice") for row in expected} or {None, "all"}
    return [row for row in found if row.get("slice") in known]


def _quarantine(opened: Any) -> list[Row]:
    return [_quarantined(row) for row in _table(opened, "ops.quarantine")]


def _quarantined(row: Any) -> Row:
    values = row if isinstance(row, Mapping) else vars(row)
    return {
        **{name: values[name] for name in (*_LINEAGE, "raw_row")},
        "reasons": list(values["reasons"]),
    }


def _counts(opened: Any, world: oracle.World) -> Iterable[str]:
    booked = opened.sql("""
select source, sum(rows_read) as rows_read, sum(rows_accepted - rows_replaced) as rows_kept,
  sum(rows_quarantined) as rows_quarantined from ops.batches where source is not null group by source""").to_pylist()
    found = {
        row["source"]: tuple(int(row[name]) for name in ("rows_read", "rows_kept", "rows_quarantined"))
        for row in booked
    }
    for source, counts in world.counts.items():
        expected = (counts.rows_read, counts.rows_accepted, counts.rows_quarantined)
        if found.get(source, (0, 0, 0)) != expected:
            yield f"counts of {source}: {found.get(source)} instead of {expected}"


def _differing(name: str, found: list[Row], expected: list[Row], key: tuple[str, ...]) -> list[str]:
    columns = sorted(set(found[0] if found else ()) & set(expected[0] if expected else ()) - IGNORED)
    lacking = set(expected[0] if expected else ()) - set(found[0] if found else expected[:1] and expected[0]) - IGNORED
    ours, theirs = _by_key(found, key, columns), _by_key(expected, key, columns)
    lines = [f"{name}: column {column} is not there" for column in sorted(lacking)]
    if len(ours) != len(found):
        lines.append(f"{name}: {len(found) - len(ours)} keys occur twice")
    for at in sorted({*ours, *theirs}, key=repr):
        if ours.get(at) != theirs.get(at):
            lines.append(f"{name} {at}: {_pairs(ours.get(at), theirs.get(at))}")
    return lines[:5]


def _by_key(rows: list[Row], key: tuple[str, ...], columns: list[str]) -> dict[tuple[Any, ...], Row]:
    return {tuple(_plain(row[name]) for name in key): {name: _plain(row[name]) for name in columns} for row in rows}


def _pairs(ours: Row | None, theirs: Row | None) -> str:
    if ours is None or theirs is None:
        return f"{'missing' if ours is None else 'unexpected'}: {theirs or ours}"
    return "; ".join(f"{n} = {ours[n]!r} instead of {theirs[n]!r}" for n in ours if ours[n] != theirs[n])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value)
    return tuple(value) if isinstance(value, list) else value
