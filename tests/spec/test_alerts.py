"""What a run makes of its alerts: each window scored once it has settled, one incident a trouble, whatever the cuts."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.conftest import World
from tests.traffic import FIRST, OUTAGE, SPIKE, times, write_traffic

from backbeat import content
from backbeat.alert.series import is_silent
from backbeat.errors import UsageError
from backbeat.specs import Alert

pytestmark = pytest.mark.usefixtures("no_stars")

END = FIRST + timedelta(days=4)
SCORES = "window_start, alert, value, expected, lower, upper, score, is_breach"
REAL = "alert, opened_at, resolved_at, state, peak_value, score"


@pytest.fixture(scope="module")
def at_once(new_world: Callable[..., World]) -> World:
    """Four days in one run, long after; tests only read it."""
    world = new_world()
    write_traffic(world, "all", times(4), END)
    world.run()
    return world


def real(world: World) -> list[dict[str, Any]]:
    return world.sql(f"select {REAL} from gold.alerts where severity <> 'info' order by opened_at, alert")


def test_an_outage_and_a_spike_are_an_incident_each(at_once: World) -> None:
    found = [row for row in real(at_once) if row["alert"] == "session_spike"]
    assert [row["opened_at"] for row in found] == [OUTAGE[0], SPIKE[0]]
    for row, trouble in zip(found, (OUTAGE, SPIKE), strict=True):
        assert trouble[1] < row["resolved_at"] <= trouble[1] + timedelta(minutes=25)
        assert row["state"] == "resolved"
    assert found[0]["peak_value"] <= 2 and found[1]["peak_value"] >= 35


def test_each_window_is_scored_that_has_settled_and_no_other(at_once: World) -> None:
    newest = max(times(4))
    scored = {
        row["window_start"]
        for row in at_once.sql("select window_start from gold.activity_scores where series like 'activity%'")
    }
    windows = at_once.sql("select window_start, window_end from gold.activity_5m order by 1")
    settled = [row["window_start"] for row in windows if row["window_end"] <= newest - timedelta(minutes=5)]
    assert sorted(scored) == settled


def test_how_history_is_cut_into_runs_changes_nothing(at_once: World, new_world: Callable[..., World]) -> None:
    world, every = new_world(), times(4)
    cuts = [FIRST + timedelta(hours=h) for h in (0, 50.02, OUTAGE_INSIDE, 90)] + [END]
    for n, (begin, end) in enumerate(pairwise(cuts)):
        write_traffic(world, f"part{n}", [at for at in every if begin <= at < end], end)
        world.run()
    where = "where series = 'activity_5m.sessions' order by window_start, alert"
    text = f"select {SCORES} from gold.activity_scores {where}"
    assert world.sql(text) == at_once.sql(text)
    assert real(world) == real(at_once)


OUTAGE_INSIDE = 3 * 24 + 10 + 0.3


def test_a_run_without_news_writes_no_scores(at_once: World) -> None:
    names = ("gold.activity_scores", "gold.alerts", "ops.notifications")
    before = {name: at_once.versions()[name] for name in names}
    at_once.run()
    assert {name: at_once.versions()[name] for name in names} == before


def test_late_rows_rescore_a_window_and_undo_no_incident(new_world: Callable[..., World]) -> None:
    world, every = new_world(), times(4)
    write_traffic(world, "all", every, END)
    world.run()
    before = real(world)
    hour = OUTAGE[0] + timedelta(minutes=10)
    row = f"select value, score, is_breach from gold.activity_scores where alert = 'session_spike' and window_start = timestamptz '{hour.isoformat()}'"
    assert world.sql(row)[0]["is_breach"]
    write_traffic(world, "late", [hour + timedelta(seconds=n) for n in range(15)], END + timedelta(hours=2))
    world.run()
    after = world.sql(row)[0]
    assert after["value"] >= 15 and not after["is_breach"] and after["score"] < 0.5
    assert real(world) == before
    world.run()
    value = world.sql(row)[0]["value"]
    write_traffic(world, "later", [hour + timedelta(seconds=30 + n) for n in range(5)], END + timedelta(hours=3))
    world.run()
    assert world.sql(row)[0]["value"] == value + 5


def test_a_dead_feed_is_found_by_the_clock_once_and_only_while_it_is_recent(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_traffic(world, "all", times(2.5), FIRST + timedelta(days=2.5))
    dead = FIRST + timedelta(days=2, hours=12)
    world.run(now=dead + timedelta(minutes=40))
    assert not [row for row in real(world) if row["alert"] == "sessions_absent"]
    for hours in (1.5, 2, 5):
        world.run(now=dead + timedelta(hours=hours))
    (found,) = [row for row in real(world) if row["alert"] == "sessions_absent"]
    assert found["state"] == "firing"
    assert found["opened_at"] == dead + timedelta(minutes=55)
    assert found["resolved_at"] is None


def test_a_feed_that_is_behind_the_clock_is_judged_by_its_own_time(new_world: Callable[..., World]) -> None:
    """Files of an hour come one after the other: the window that one ends in is not over, until no more come."""
    world, every, now = new_world(), times(4, rate=60, troubles=()), FIRST + timedelta(days=3, hours=6)
    cuts = [FIRST + timedelta(days=3, hours=h, minutes=1) for h in (0, 1, 2)]
    for n, (begin, end) in enumerate(pairwise([FIRST, *cuts])):
        at = now + timedelta(minutes=n)
        write_traffic(world, f"part{n}", [each for each in every if begin <= each < end], at)
        world.run(now=at)
    last = "select max(window_start) as at from gold.activity_scores where alert = 'session_spike'"
    assert [row for row in real(world) if row["alert"] == "session_spike"] == []
    assert world.sql(last)[0]["at"] == FIRST + timedelta(days=3, hours=1, minutes=50)
    world.run(now=now + timedelta(minutes=13))
    assert world.sql(last)[0]["at"] == FIRST + timedelta(days=3, hours=2)


def test_old_silence_is_history_and_no_incident(at_once: World) -> None:
    """The run came more than a year after the last session: `status --max-age` is for that."""
    assert not [row for row in real(at_once) if row["alert"] == "sessions_absent"]


def test_the_tables_keep_what_their_files_promise(at_once: World) -> None:
    assert [line for line in at_once.failures() if "activity_scores" in line or "gold.alerts" in line] == []


# Who is told


class Listener(BaseHTTPRequestHandler):
    """Takes what is told; refuses while `answer` says so."""

    told: ClassVar[list[bytes]] = []
    answer = 200

    def do_POST(self) -> None:
        """Take one message."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.answer == 200:
            self.told.append(body)
        self.send_response(self.answer)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Listener]]:
    kind = type("Fresh", (Listener,), {"told": [], "answer": 200})
    server = HTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("BACKBEAT_NOTIFY_DEFAULT", f"json://127.0.0.1:{server.server_port}/hook")
    yield kind
    server.shutdown()
    server.server_close()


def test_whoever_is_named_is_told_once_and_again_where_it_failed(world: World, listener: type[Listener]) -> None:
    write_traffic(world, "all", [at for at in times(4) if at < SPIKE[0]], SPIKE[0])
    now = SPIKE[0] + timedelta(minutes=1)
    listener.answer = 500
    notes = world.run(now=now).notes
    assert any("default was not told that session_spike opened" in line for line in notes)
    assert listener.told == []
    listener.answer = 200
    world.run(now=now + timedelta(seconds=10))
    assert listener.told == [], "not tried again before its time"
    world.run(now=now + timedelta(minutes=2))
    assert [b"opened" in listener.told[0], b"resolved" in listener.told[1]] == [True, True]
    world.run(now=now + timedelta(minutes=9))
    assert len(listener.told) == 2
    assert {row["state"] for row in world.read("ops.notifications")} == {"sent"}


def test_history_and_mute_alerts_tell_nobody(world: World, listener: type[Listener]) -> None:
    write_traffic(world, "all", times(4), END)
    world.run(now=END + timedelta(days=30))
    assert real(world) and listener.told == [] and world.read("ops.notifications") == []


# Content


def test_an_alert_comes_and_goes_with_its_file(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shipped = content.alerts()
    own = tmp_path / "many.yml"
    own.write_text("{title: Many, series: activity_5m.customers, rule: threshold, parameters: {above: 20}, version: 1}")
    monkeypatch.setattr(content, "alerts", lambda: {**shipped, "many": content.own_alert(str(own))})
    write_traffic(world, "all", times(4), END)
    world.run()
    assert "many" in world.column("gold.alerts", "alert")
    monkeypatch.setattr(content, "alerts", lambda: {"many": content.own_alert(str(own))})
    write_traffic(world, "more", [END + timedelta(minutes=n) for n in range(60)], END + timedelta(hours=1))
    world.run()
    newest = world.sql(
        "select alert, max(window_start) as newest from gold.activity_scores group by alert order by newest desc, alert"
    )
    at = {row["alert"]: row["newest"] for row in newest}
    assert at["session_spike"] < END <= at["many"]


def test_an_incident_of_an_alert_that_is_no_more_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write_traffic(world, "all", [at for at in times(4) if at < SPIKE[1]], SPIKE[1])
    lake = world.open()
    lake.run()
    assert [row["state"] for row in real(world) if row["opened_at"] == SPIKE[0]] == ["firing"]
    assert lake.house.firing == 1
    shipped = content.alerts()
    monkeypatch.setattr(content, "alerts", lambda: {k: v for k, v in shipped.items() if k != "session_spike"})
    lake = world.open()
    lake.run()
    assert lake.house.firing == 0
    (ended,) = [row for row in real(world) if row["opened_at"] == SPIKE[0]]
    assert (ended["state"], ended["resolved_at"]) == ("resolved", max(world.column("silver.sessions", "started_at")))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"series": "activity_5m.sesions"}, "no column 'sesions'"),
        ({"series": "nowhere.x"}, "no such series"),
        ({"series": "kpis.value"}, "more than one row"),
        ({"rule": "seasnal"}, "there is no rule 'seasnal'"),
        ({"parameters": {"thresold": 3}}, "it takes threshold"),
    ],
)
def test_a_wrong_alert_is_named_with_what_there_is(fields: dict[str, Any], words: str) -> None:
    alert = Alert(**{"title": "x", "series": "activity_5m.sessions", "version": 1, "name": "mine", **fields})
    from backbeat.alert.series import inputs
    from backbeat.alert.watch import rule

    with pytest.raises(UsageError, match=words) as raised:
        inputs(alert)
        rule(alert)
    assert "mine" in str(raised.value)


def test_replay_says_what_a_run_would_have_done(at_once: World) -> None:
    found = at_once.open().alerts.replay(alert="session_spike", first=(FIRST + timedelta(days=3)).date())
    opened = [row["opened_at"] for row in real(at_once) if row["alert"] == "session_spike"]
    assert [row["opened_at"] for row in found.incidents] == opened
    assert found.summary[0]["incidents"] == 2 and found.summary[0]["notifications"] >= 4


FILES = {
    "sessions": {"session_id": "s1", "customer_id": "c1", "started_at": FIRST},
    "events": {"event_id": "e1", "session_id": "s1", "customer_id": "c1", "event_type": "play", "occurred_at": FIRST},
}


@pytest.mark.parametrize("source", FILES)
def test_a_feed_is_silent_so_long_after_its_newest_file(source: str, new_world: Callable[..., World]) -> None:
    """Of a file that says that it is from the future nothing is known."""
    world, now = new_world(), FIRST + timedelta(hours=1)
    world.customers("c1")
    world.write(f"{source}/1.parquet", [FILES[source]], at=now)
    world.write(f"{source}/2.parquet", [FILES[source]], at=now + timedelta(days=9))
    world.run(now=now + timedelta(minutes=1))
    assert not is_silent(world.open(now=now + timedelta(minutes=9)).house)
    assert is_silent(world.open(now=now + timedelta(minutes=10)).house)
