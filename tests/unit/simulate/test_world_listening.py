"""The world is believable: nobody listens before signing up, and sessions, plays and plans hang together."""

from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise

import numpy as np
from tests.unit.simulate.worlds import World

from backbeat.simulate.clock import clock_of, draw_seconds
from backbeat.simulate.incidents import Incident, draw_incidents
from backbeat.simulate.span import Span, chance


def test_no_session_before_its_customers_sign_up(clean: World) -> None:
    signup = dict(clean.rows("customers", "customer_id", "signup_date"))
    sessions = clean.rows("sessions", "customer_id", "start_timestamp")
    assert sessions
    assert not [customer for customer, start in sessions if start[:10] < signup[customer]]


def test_ids_are_unique_and_refer_to_rows(clean: World) -> None:
    sessions = dict(clean.rows("sessions", "session_id", "customer_id"))
    events = clean.rows("events", "event_id", "session_id", "customer_id")
    assert len(sessions) == clean.truth["sources"]["sessions"]["rows"]
    assert len({event for event, _, _ in events}) == len(events) == clean.truth["sources"]["events"]["rows"]
    assert all(sessions[session] == customer for _, session, customer in events)
    tracks = {track for (track,) in clean.rows("tracks", "track_id")}
    assert {track for (track,) in clean.rows("events", "track_id")} - {None} <= tracks
    artists = {artist for (artist,) in clean.rows("artists", "artist_id")}
    assert {artist for (artist,) in clean.rows("tracks", "artist_id")} <= artists


def test_events_lie_within_their_session(clean: World) -> None:
    within = {session: (start, end) for session, start, end in clean.rows("sessions", *_SESSION)}
    for session, at in clean.rows("events", "session_id", "event_timestamp"):
        start, end = within[session]
        assert start <= at <= end


_SESSION = ("session_id", "start_timestamp", "end_timestamp")


def test_times_are_iso_text_in_utc_within_the_span(clean: World) -> None:
    starts = [start for (start,) in clean.rows("sessions", "start_timestamp")]
    assert all(datetime.fromisoformat(start).isoformat() == start.replace("Z", "+00:00") for start in starts)
    assert "2025-01-01" <= min(starts) < max(starts) < "2025-09-01"
    assert max(at for (at,) in clean.rows("events", "event_timestamp")) < "2025-09-01"


def test_days_and_counts_are_true(clean: World) -> None:
    by_day: defaultdict[str, list[str]] = defaultdict(list)
    for customer, start in clean.rows("sessions", "customer_id", "start_timestamp"):
        by_day[start[:10]].append(customer)
    counted = {day: {"sessions": len(who), "customers": len(set(who))} for day, who in by_day.items()}
    assert counted == {day: told for day, told in clean.truth["days"].items() if told["sessions"]}


def test_sessions_lie_in_the_folder_of_their_day(clean: World) -> None:
    folders = {path.parent.relative_to(clean.root / "sessions").as_posix() for path in clean.files("sessions")}
    assert {day.replace("-", "/") for day in clean.truth["days"]} == folders


def test_what_is_heard_and_what_is_not(clean: World) -> None:
    events = clean.rows("events", "event_type", "track_id", "ms_played")
    kinds = Counter(kind for kind, _, _ in events)
    assert set(kinds) == {"play", "skip", "like", "playlist_add", "search", "download", "share"}
    assert all((track is None) == (kind == "search") for kind, track, _ in events)
    assert all((ms is None) == (kind not in ("play", "skip")) for kind, _, ms in events)
    assert all(ms < 30_000 for kind, _, ms in events if kind == "skip")
    assert 2.8 < len(events) / clean.truth["sources"]["sessions"]["rows"] < 3.2


def test_most_plays_run_to_the_end_and_few_tracks_have_most_of_them(clean: World) -> None:
    duration = dict(clean.rows("tracks", "track_id", "duration_ms"))
    plays = [
        (track, ms) for kind, track, ms in clean.rows("events", "event_type", "track_id", "ms_played") if kind == "play"
    ]
    assert 0.75 < sum(ms == duration[track] for track, ms in plays) / len(plays) < 0.9
    assert all(0 < ms <= duration[track] for track, ms in plays)
    loved = Counter(track for track, _ in plays).most_common(500)
    assert sum(number for _, number in loved) > 0.5 * len(plays)


def test_plans_of_a_customer_follow_each_other(clean: World) -> None:
    columns = ("customer_id", "effective_start_date", "effective_end_date", "subscription_type", "status")
    by_customer: defaultdict[str, list[tuple[str, str | None, str, str | None]]] = defaultdict(list)
    for customer, *period in clean.rows("subscriptions", *columns):
        by_customer[customer].append(tuple(period))
    signup = dict(clean.rows("customers", "customer_id", "signup_date"))
    assert by_customer.keys() == signup.keys()
    for customer, periods in by_customer.items():
        assert min(start for start, *_ in periods) == signup[customer]
        ordered = sorted(periods)
        assert all(end is not None and end < later[0] for (_, end, *_), later in pairwise(ordered))
        assert ordered[-1][1] is None or ordered[-1][1] == "2025-08-31"


def test_downloads_are_for_those_who_pay(clean: World) -> None:
    columns = ("customer_id", "subscription_type")
    ever_paid = {who for who, kind in clean.rows("subscriptions", *columns) if kind not in ("free", "trial")}
    downloads = [who for who, kind in clean.rows("events", "customer_id", "event_type") if kind == "download"]
    assert sum(who in ever_paid for who in downloads) > 0.85 * len(downloads)


def test_three_spikes_and_an_outage_within_the_window(clean: World) -> None:
    spikes, outages = clean.truth["spikes"], clean.truth["outages"]
    assert [len(spikes), len(outages)] == [3, 1]
    assert len({incident["start"][:10] for incident in spikes + outages}) == 4
    assert all("2025-07-01" <= incident["start"] < incident["end"] < "2025-08-31" for incident in spikes + outages)
    silent = outages[0]
    times = [at for (at,) in clean.rows("events", "event_timestamp")]
    assert not [at for at in times if silent["start"] <= at < silent["end"]]


def test_a_spike_doubles_its_minutes_and_an_outage_empties_them() -> None:
    for factor in (2.0, 0.01):
        incident = Incident("any", 0, 600, 60, factor)
        rows = np.zeros(400_000, int)
        usual, changed = (
            draw_seconds(clock_of(2, (0.0,), seen), rows, chance(1, "clock")) // 3600 for seen in ((), (incident,))
        )
        share = [(hours == 10).sum() / (hours == 12).sum() for hours in (usual, changed)]
        assert abs(share[1] / share[0] - factor) < 0.1


def test_incidents_fit_into_a_short_world() -> None:
    assert draw_incidents(Span(date(2025, 8, 31), date(2025, 8, 31)), 1) == ()
    assert [incident.kind for incident in draw_incidents(Span(date(2025, 8, 29), date(2025, 8, 31)), 1)] == [
        "outage",
        "spike",
    ]
