"""Files come while `run --follow` runs: windows appear, late and bad ones are told, and it ends when it is asked to."""

import shutil
import signal
import socket
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tests.e2e.following import Following, drop, drop_table

import backbeat
from backbeat.follow import watch
from backbeat.ingest import commit, run
from backbeat.lake.lock import writer
from backbeat.lake.storage import Store

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    people = pa.table({"customer_id": ["a", "b"]})
    drop_table(tmp_path / "raw", "customers/c.parquet", people, NOW - 10 * HOUR)
    drop(tmp_path / "raw", "sessions/0.parquet", [("s0", "a", NOW - 5 * HOUR)], NOW - 5 * HOUR)
    return tmp_path / "raw"


def windows(root: Path) -> dict[datetime, tuple[int, int, str]]:
    """What a reader sees of the windows with sessions: their number, how many were late, and the status."""
    lake = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
    rows = lake.sql("select * from gold.activity_5m where sessions > 0").to_pylist()
    return {row["window_start"]: (row["sessions"], row["late_sessions"], row["status"]) for row in rows}


def floor(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 5 * 5, second=0)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_day_of_a_follower(raw: Path) -> None:
    """New, late, future-stamped and broken files, metrics, another writer's lock, then a clean end."""
    root, port = raw.parent, free_port()
    feed = Following(root, "--metrics-port", str(port), wait="1s")
    feed.wait_for(lambda beat: beat["what"] == "start")
    assert [*windows(root)] == [floor(NOW - 5 * HOUR)]

    drop(raw, "sessions/1.parquet", [("s1", "a", NOW - HOUR), ("far", "b", datetime(2099, 1, 1, tzinfo=UTC))])
    first = feed.wait_for(lambda beat: beat["quarantined"] == 1)
    assert first["as_of"] == (NOW - HOUR).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert first["watermark"] == (NOW - 2 * HOUR).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert windows(root)[floor(NOW - HOUR)] == (1, 0, "provisional")

    drop(raw, "sessions/2.parquet", [("s2", "b", NOW - 5 * HOUR)])
    feed.wait_for(lambda beat: beat["late"] == 1)
    assert windows(root)[floor(NOW - 5 * HOUR)] == (2, 1, "final")

    broken = raw / "sessions" / "broken.parquet"
    broken.write_bytes(b"PAR1 and no more")
    feed.wait_for(lambda beat: beat["rejected"] == 1 and "sessions/broken.parquet" in beat["message"])

    with writer(Store(str(root / "lake")), 10):
        drop(raw, "sessions/3.parquet", [("s3", "b", NOW - HOUR)])
        feed.wait_for(lambda beat: beat["what"] == "trouble" and "held by" in beat["message"])
    feed.wait_for(lambda beat: beat["what"] == "batch" and beat["rows"] == 1 and beat["late"] == 1 and seen(root, "s3"))

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        numbers = answer.read().decode()
    assert "backbeat_files_rejected_total 1.0" in numbers
    assert "backbeat_quarantined_rows 1.0" in numbers

    assert feed.stop() == 0
    assert feed.beats()[-1]["what"] == "stop"
    lake = backbeat.open(lake=str(root / "lake"), raw=str(raw))
    active = lake.sql(
        "select denominator from gold.kpis where metric = 'engaged_rate' and window_kind = 'default' and slice = 'all'"
    )
    assert active.column("denominator").to_pylist() == [2]
    assert lake.run().taken.batches == ()


def seen(root: Path, session: str) -> bool:
    lake = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
    return bool(lake.sql(f"select 1 as x from silver.sessions where session_id = '{session}'").num_rows)


def test_an_idle_feed_closes_the_last_hour(raw: Path) -> None:
    """The notebook lost its last 13 windows; what comes after the close is not late."""
    root = raw.parent
    drop(raw, "sessions/1.parquet", [("s1", "a", NOW - timedelta(minutes=20))])
    feed = Following(root, idle_timeout="3s")
    idle = feed.wait_for(lambda beat: beat["what"] == "idle")
    assert idle["open_windows"] == 0
    assert {status for *_, status in windows(root).values()} == {"final"}
    drop(raw, "sessions/2.parquet", [("s2", "b", NOW - timedelta(minutes=10))])
    feed.wait_for(lambda beat: beat["what"] == "batch" and beat["as_of"] > idle["as_of"])
    found = windows(root)
    assert found[floor(NOW - timedelta(minutes=10))][:2] == (1, 0)
    assert found[floor(NOW - timedelta(minutes=20))] == (1, 0, "final")
    assert feed.stop(signal.SIGINT) == 0


def test_what_another_began_is_finished_and_taken_once(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run dies with a batch planned: its files are no longer new when the follower takes its own."""
    root = raw.parent
    with monkeypatch.context() as patch:
        patch.setattr(run, "_carry_out", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backbeat.open(lake=str(root / "lake"), raw=str(raw)).run()
    drop(raw, "sessions/1.parquet", [("s1", "a", NOW - HOUR)])
    feed = Following(root)
    feed.wait_for(lambda beat: beat["what"] == "start")
    assert feed.stop() == 0
    lake = backbeat.open(lake=str(root / "lake"), raw=str(raw))
    taken = lake.sql(
        "select source, sum(files) as files from ops.batches where source is not null group by source order by 1"
    )
    assert taken.to_pylist() == [{"source": "customers", "files": 1}, {"source": "sessions", "files": 2}]


def follow_a_crash(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run dies between silver and quarantine, then the raw files are archived, then a follower begins and ends."""
    root = raw.parent
    with monkeypatch.context() as patch:
        patch.setattr(commit, "_commit_quarantine", lambda _, batch, __: batch.source == "customers" or 1 / 0)
        with pytest.raises(ZeroDivisionError):
            backbeat.open(lake=str(root / "lake"), raw=str(raw)).run()
    shutil.rmtree(raw)
    raw.mkdir()
    feed = Following(root)
    feed.wait_for(lambda beat: beat["what"] == "start")
    assert feed.stop() == 0


def test_what_another_began_is_finished_though_no_file_is_left(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = raw.parent
    drop(raw, "sessions/1.parquet", [("s1", "a", NOW - HOUR), ("far", "b", datetime(2099, 1, 1, tzinfo=UTC))])
    follow_a_crash(raw, monkeypatch)
    lake = backbeat.open(lake=str(root / "lake"), raw=str(raw))
    assert lake.quarantine() == [{"source": "sessions", "reason": "time_in_future", "status": "open", "rows": 1}]
    assert lake.sql("select count(*) as n from ops.files where source = 'sessions'").to_pylist() == [{"n": 2}]


def test_sessions_are_derived_from_events_that_another_began(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = raw.parent
    shutil.rmtree(raw / "sessions")
    play = {"event_id": ["e1"], "session_id": ["s1"], "customer_id": ["a"], "occurred_at": [NOW - HOUR]}
    drop_table(raw, "events/1.parquet", pa.table(play), NOW)
    follow_a_crash(raw, monkeypatch)
    assert [each[0] for each in windows(root).values()] == [1]


def test_what_one_look_leaves_out_is_known_to_wait(raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_FILES", 1)
    drop(raw, "sessions/1.parquet", [("s1", "a", NOW - HOUR)])
    house = backbeat.open(lake=str(raw.parent / "lake"), raw=str(raw)).house
    looks = watch.Watch(house)
    assert [entry.path for entry in looks.look()["sessions"]] == ["sessions/0.parquet"]
    assert looks.has_more
    (raw / "sessions/0.parquet").unlink()
    assert [entry.path for entry in looks.look()["sessions"]] == ["sessions/1.parquet"]
    assert not looks.has_more


def test_a_file_that_is_still_written_holds_nothing_back(raw: Path) -> None:
    """What lies beside it is published at once, and told once."""
    feed = Following(raw.parent)
    feed.wait_for(lambda beat: beat["what"] == "start")
    (raw / "sessions/half.parquet").write_bytes(b"PAR1" + bytes(700))
    drop(raw, "sessions/1.parquet", [("s1", "a", NOW - 7 * HOUR)], datetime.now(UTC))
    feed.wait_for(lambda beat: beat["what"] == "batch" and beat["late"] == 1)
    assert windows(raw.parent)[floor(NOW - 7 * HOUR)][:2] == (1, 1)
    feed.wait_for(lambda beat: beat["rejected"] == 1)
    assert feed.stop() == 0
    told = [beat["rows"] for beat in feed.beats() if beat["what"] == "batch"]
    assert [rows for rows in told if rows] == [3, 1]
    assert {beat["late"] for beat in feed.beats()} == {0, 1}


def test_alerts_that_fire_are_counted(raw: Path) -> None:
    """Three sessions a minute for three days, then many, then one by which that window has settled."""
    root, begin = raw.parent, floor(NOW) - timedelta(minutes=15)
    usual = [(f"u{n}", "a", begin - timedelta(seconds=20 * (n + 1))) for n in range(3 * 24 * 180)]
    drop(raw, "sessions/usual.parquet", usual)
    feed = Following(root)
    assert feed.wait_for(lambda beat: beat["what"] == "start")["alerts_firing"] == 0
    many = [(f"m{n}", "b", begin + timedelta(seconds=n)) for n in range(300)]
    drop(raw, "sessions/many.parquet", [*many, ("after", "a", begin + timedelta(minutes=10, seconds=1))])
    feed.wait_for(lambda beat: beat["alerts_firing"] == 1)
    assert feed.stop() == 0


def test_it_waits_for_a_raw_folder_that_is_not_there(tmp_path: Path) -> None:
    feed = Following(tmp_path)
    feed.wait_for(lambda beat: beat["what"] == "trouble" and "no such folder" in beat["message"])
    drop_table(tmp_path / "raw", "customers/c.parquet", pa.table({"customer_id": ["a"]}))
    drop(tmp_path / "raw", "sessions/1.parquet", [("s1", "a", NOW - HOUR)])
    feed.wait_for(lambda beat: beat["what"] == "batch")
    assert feed.stop() == 0
