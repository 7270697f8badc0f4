"""The star tables: the same rows by whole numbers in place of ids, and by local days in place of instants."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.catalogue import artist_daily, track_daily
from tests.oracle.days import customer_day, customer_device_day
from tests.oracle.keys import key_of
from tests.oracle.kpis import kpis
from tests.oracle.nouns import Row, World
from tests.oracle.people import known
from tests.oracle.plans import is_paid_plan, plan_periods, subscriptions_of

_FAR = datetime.max.isoformat()


def star_customers(world: World) -> list[Row]:
    return [
        {
            "customer_key": key_of(row["customer_id"]),
            "country": row["country"],
            "signed_up_date": _day(row["signed_up_at"], world.zone),
        }
        for row in world.silver["customers"]
        if row["customer_id"] in known(world)
    ]


def star_customer_day(world: World) -> list[Row]:
    return _keyed(customer_day(world), "customer")


def star_customer_device_day(world: World) -> list[Row]:
    return _keyed(customer_device_day(world), "customer")


def star_track_daily(world: World) -> list[Row]:
    return _keyed(track_daily(world), "track")


def star_artist_daily(world: World) -> list[Row]:
    return _keyed(artist_daily(world), "artist")


def star_tracks(world: World) -> list[Row]:
    """Those of the catalogue and those heard; one without a name goes by its id."""
    tracks, artists = _by_id(world, "tracks"), _by_id(world, "artists")
    heard = {row["track_id"] for row in track_daily(world)}
    return [
        {
            "track_key": key_of(track),
            "track_name": _named(track, tracks, "track_name"),
            "artist_name": artists.get(tracks.get(track, {}).get("artist_id"), {}).get("artist_name"),
            "genre": tracks.get(track, {}).get("genre"),
        }
        for track in heard | set(tracks)
    ]


def star_artists(world: World) -> list[Row]:
    """Those of the catalogue and those heard; one without a name goes by its id."""
    artists = _by_id(world, "artists")
    heard = {row["artist_id"] for row in artist_daily(world)}
    return [
        {"artist_key": key_of(artist), "artist_name": _named(artist, artists, "artist_name")}
        for artist in heard | set(artists)
    ]


def star_slices(world: World) -> list[Row]:
    """What customers have, and once there are KPIs what they may have in any window."""
    had = {
        "country": {"unknown" if row["country"] is None else row["country"] for row in known(world).values()},
        "plan": {row["plan"] for row in plan_periods(world)},
        "device": {row["device"] for row in customer_device_day(world)},
    }
    for name in {row["slice"] for row in kpis(world)} - {"all"}:
        had[name] |= {"unknown", "other"} | ({"free"} if name == "plan" else set())
    return [{"slice": name, "slice_value": value} for name, values in had.items() for value in values]


def _named(id_: str, rows: dict[str, Row], name: str) -> str:
    found = rows.get(id_, {}).get(name)
    return id_ if found is None else str(found)


def _by_id(world: World, source: str) -> dict[str, Row]:
    return {row[f"{source[:-1]}_id"]: row for row in world.silver[source]}


def plan_days(world: World) -> list[Row]:
    """Periods with the local days of both ends."""
    return [
        {**row, "from_date": _day(row["valid_from"], world.zone), "to_date": _day(row["valid_to"], world.zone)}
        for row in plan_periods(world)
    ]


def star_plan_periods(world: World) -> list[Row]:
    """Periods in the order in which they begin."""
    found: dict[str, list[Row]] = defaultdict(list)
    for period in sorted(plan_days(world), key=lambda row: row["valid_from"]):
        found[period["customer_id"]].append(period)
    return [
        {
            "customer_key": key_of(customer), "period_number": number,
            **{name: period[name] for name in ("from_date", "to_date", "plan", "state")},
        }
        for customer, periods in found.items()
        for number, period in enumerate(periods, 1)
    ]  # fmt: skip


def star_paid_subscriptions(world: World) -> list[Row]:
    """Those that count in paid_share, whatever the window."""
    return [
        {
            "customer_key": key_of(customer),
            "period_number": number,
            "from_date": _day(start, world.zone),
            "last_date": _day(end, world.zone),
        }
        for customer, rows in subscriptions_of(world).items()
        for number, (start, end) in enumerate(sorted(_paid(rows), key=lambda span: (span[0], str(span[1] or _FAR))), 1)
    ]


def _paid(rows: list[Row]) -> list[tuple[datetime, datetime | None]]:
    counted = (None, "active", "trialing")
    return [
        (row["effective_start_at"], row["effective_end_at"])
        for row in rows
        if is_paid_plan(row) and (None if row["status"] is None else row["status"].strip(" ").lower()) in counted
    ]


def _keyed(rows: list[Row], what: str) -> list[Row]:
    return [
        {f"{what}_key": key_of(row[f"{what}_id"]), **{n: v for n, v in row.items() if n != f"{what}_id"}}
        for row in rows
    ]


def _day(instant: Any, zone: ZoneInfo) -> date | None:
    return None if instant is None else instant.astimezone(zone).date()
