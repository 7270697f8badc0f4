"""Raw files and the lake in a bucket: the same tables as on disk."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import World
from tests.e2e.conftest import backbeat
from tests.e2e.faulty_s3 import Weather, faulty
from tests.e2e.following import Following, drop, drop_table
from tests.listeners import write_listeners

import backbeat as api
from backbeat.errors import LakeBusy, StorageError
from backbeat.follow import watch
from backbeat.ingest.discover import fingerprint
from backbeat.lake.lock import writer
from backbeat.lake.storage import Store, fsspec_filesystem
from backbeat.predict import store
from backbeat.predict.model import Facts, Model

TABLES = ("silver.customers", "silver.sessions", "silver.events", "silver.tracks", "ops.quarantine", "gold.customer_day",
          "gold.activity_5m", "gold.plan_periods", "gold.kpis", "gold.kpi_summary", "gold.sessions_histogram")  # fmt: skip
UNLIKE = {"_file_modified_at", "_ingested_at", "quarantined_at", "file_modified_at"}


@pytest.fixture(scope="module")
def local(new_world: Callable[..., World]) -> World:
    """A world of a few files; customers are one file, names hold what URLs would encode."""
    world = new_world()
    world.customers("a", "b", path="customers.parquet", signup_date="2025-01-01")
    world.sessions(("s1", "a", "2025-07-01T10:00:00Z"), ("bad", "a", "never"), path="sessions/2025/07/01/s.parquet")
    world.sessions(("s2", "b", "2025-07-02T10:00:00Z"), path="sessions/day=2025-07-02/ü & +%20.parquet")
    world.sessions(("s3", "b", "2025-07-02T11:00:00Z"), path="sessions/day=2025-07-02/*[1] #2 b?c.parquet")
    world.sessions(("hidden", "b", "2025-07-02"), path="sessions/_temporary/s.parquet")
    world.sessions(("neighbour", "b", "2025-07-02"), path="sessions_old/s.parquet")
    event = {"event_id": "e", "customer_id": "a", "event_type": "play", "occurred_at": "2025-07-01T10:01:00Z"}
    world.write("events/e.parquet", [event])
    world.write("tracks.parquet/part.parquet", [{"track_id": "t"}])
    world.write(
        "subscriptions/s.parquet",
        [{"customer_id": "a", "effective_start_date": "2025-06-01", "subscription_type": "premium"}],
    )
    world.write_bytes("sessions/broken.parquet", b"no parquet")
    world.run()
    return world


@pytest.fixture(scope="module")
def remote(bucket: Any, local: World) -> Any:
    """The lake in the bucket after one run."""
    for path in local.raw.rglob("*"):
        if path.is_file():
            bucket.upload_file(str(path), "company", f"raw/{path.relative_to(local.raw).as_posix()}")
    lake = api.open(raw="s3://company/raw", lake="s3://company/lake")
    lake.run()
    return lake


@pytest.mark.parametrize("table", TABLES)
def test_a_bucket_gives_the_tables_that_a_disk_gives(remote: Any, local: World, table: str) -> None:
    remote.show_published()
    found = remote.house.engine.native(f"from {table} order by all").to_pylist()
    assert _alike(found) == _alike(local.read(table))


def test_the_ledger_lists_the_same_files(remote: Any, local: World) -> None:
    columns = "select path, source, size, rows, state from ops.files order by all"
    assert remote.sql(columns).to_pylist() == local.sql(columns)


@pytest.mark.usefixtures("remote")
def test_a_second_run_reads_nothing(bucket: Any) -> None:
    before = _keys(bucket)
    report = api.open(raw="s3://company/raw", lake="s3://company/lake").run()
    assert (report.taken.batches, report.built) == ((), None)
    assert _keys(bucket) == before


def test_a_listing_that_breaks_off_is_asked_for_again(
    remote: Any, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = Store(remote.config.raw)
    listed = list(raw.entries()), raw.names()
    weather = Weather(("cut",), rate=0.5)
    with faulty(int(bucket.meta.endpoint_url.rpartition(":")[2]), weather) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        for _ in range(4):
            assert (list(raw.entries()), raw.names()) == listed
    assert weather.struck["cut"] > 2


@pytest.mark.parametrize("given", [0, 1], ids=["its footer", "its rows"])
def test_a_file_that_can_t_be_fetched_is_not_called_bad(
    bucket: Any, world: World, monkeypatch: pytest.MonkeyPatch, given: int
) -> None:
    """Where a bucket refuses it the run ends, and the next one takes it."""
    world.sessions(*((str(n), "c", "2025-07-01") for n in range(1000)))
    bucket.upload_file(str(world.raw / "sessions/s.parquet"), "company", f"{given}/sessions/s.parquet")
    weather = Weather(denied={f"{given}/sessions/s.parquet": given})
    with faulty(int(bucket.meta.endpoint_url.rpartition(":")[2]), weather) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StorageError, match=r"s.parquet: can't be fetched: .*ExpiredToken"):
            world.ingest(raw=f"s3://company/{given}")
        weather.denied.clear()
        world.ingest(raw=f"s3://company/{given}")
    assert world.sql("select count(*) as n from silver.sessions") == [{"n": 1000}]


def test_what_a_lasting_file_is_gets_asked_once(bucket: Any) -> None:
    files = fsspec_filesystem("s3", ("s3://company/kept/",))
    for size in (1, 2):
        for folder in ("kept", "raw"):
            bucket.put_object(Bucket="company", Key=f"{folder}/f", Body=b"x" * size)
        assert files.info("s3://company/raw/f")["size"] == size
        assert files.info("s3://company/kept/f")["size"] == 1


@pytest.mark.usefixtures("remote")
def test_status_on_the_command_line(local: World) -> None:
    answer = backbeat("status", "--raw", "s3://company/raw", "--lake", "s3://company/lake", "--format", "json")
    assert answer.code == 0, answer.err
    ours = local.open().status()
    assert answer.json["sources"] == ours.sources
    assert [row["path"] for row in answer.json["rejected"]] == ["sessions/broken.parquet"]


@pytest.mark.long
def test_a_follower_of_a_bucket(bucket: Any, tmp_path: Path) -> None:
    """What is put into the bucket while it runs is taken, the rest is as on a disk."""
    people = drop_table(tmp_path / "own", "customers/c.parquet", pa.table({"customer_id": ["a", "b"]}))
    bucket.upload_file(str(people), "company", "feed/customers/c.parquet")
    feed = Following(tmp_path, "--raw", "s3://company/feed", "--lake", "s3://company/fed")
    feed.wait_for(lambda beat: beat["what"] == "batch")
    for n in range(2):
        sessions = drop(
            tmp_path / "own", f"sessions/{n}.parquet", [(f"s{n}", "a", datetime(2025, 7, 1, n, tzinfo=UTC))]
        )
        bucket.upload_file(str(sessions), "company", f"feed/sessions/{n}.parquet")
        feed.wait_for(lambda beat, n=n: beat.get("as_of") == f"2025-07-01T0{n}:00:00.000Z")
    assert feed.stop() == 0
    lake = api.open(raw="s3://company/feed", lake="s3://company/fed")
    assert lake.sql("select sum(sessions) as n from gold.activity_5m").to_pylist() == [{"n": 2}]
    assert lake.run().taken.batches == ()


def test_between_listings_of_a_large_bucket_its_newest_folders_are_listed(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes into the newest folder or a later one is seen at once, the rest with the next listing of all."""

    def put(day: int, name: str, content: bytes = b"no parquet") -> None:
        bucket.put_object(Bucket="company", Key=f"large/sessions/day={day:02}/{name}.parquet", Body=content)

    def seen() -> set[str]:
        return {entry.path.removeprefix("sessions/day=") for entry in looks.look()["sessions"]}

    def settle() -> None:
        looks._settled |= {(entry.path, fingerprint(entry)) for entries in looks.look().values() for entry in entries}

    monkeypatch.setattr(watch, "RECENT_MS", 1)
    monkeypatch.setattr(watch, "LISTING_SHARE", 1e-9)
    put(1, "a")
    put(2, "a")
    time.sleep(1.1)
    put(3, "a")
    looks = watch.Watch(api.open(lake=str(tmp_path / "lake"), raw="s3://company/large").house)
    settle()
    put(2, "b")
    put(3, "b")
    put(4, "#1 é")
    assert seen() == {"03/b.parquet", "04/#1 é.parquet"}
    put(3, "a", b"another one")
    assert seen() == {"03/a.parquet", "03/b.parquet", "04/#1 é.parquet"}
    assert seen() == {"03/a.parquet", "03/b.parquet", "04/#1 é.parquet"}
    assert seen() == {"02/b.parquet", "03/a.parquet", "03/b.parquet", "04/#1 é.parquet"}, "nothing came of the first"


def test_what_waits_of_a_large_bucket_is_offered_again(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RECENT_MS", 1)
    monkeypatch.setattr(watch, "LISTING_SHARE", 1e-9)
    monkeypatch.setattr(watch, "MOST_FILES", 1)
    for day in (1, 2, 3):
        bucket.put_object(Bucket="company", Key=f"waits/sessions/day={day}/a.parquet", Body=b"no parquet")
        time.sleep(1.1)
    looks = watch.Watch(api.open(lake=str(tmp_path / "lake"), raw="s3://company/waits").house)
    for day, has_more in ((1, True), (2, True), (3, False)):
        (entry,) = looks.look()["sessions"]
        assert (entry.path, looks.has_more) == (f"sessions/day={day}/a.parquet", has_more)
        looks._settled.add((entry.path, fingerprint(entry)))
    assert looks.look() == {}


@pytest.mark.usefixtures("remote")
def test_one_writer_at_a_time() -> None:
    place = Store("s3://company/lake")
    with (
        writer(place, wait=0),
        pytest.raises(LakeBusy, match="s3://company/lake: the lake is held by process"),
        writer(place, wait=0),
    ):
        pass
    with writer(place, wait=0):
        pass


@pytest.mark.usefixtures("bucket")
def test_a_model_comes_back_from_the_bucket_as_it_went() -> None:
    place = Store("s3://company/models-only")
    assert store.load(place, "engaged") is None
    model, content = a_model()
    store.keep(place, model, content, "# A card\n")
    back = store.load(place, "engaged")
    assert back and (back.version, back.facts) == (model.version, model.facts)
    x = np.array([[0.0], [5.0], [20.0]])
    assert back.probability(x).tolist() == model.probability(x).tolist()
    assert store.card(place, "engaged", model.version) == "# A card\n"


def a_model() -> tuple[Model, bytes]:
    """A model that has learnt next to nothing."""
    from sklearn.linear_model import LogisticRegression

    meaning, libraries = store.code_version()
    names: Any = ("sessions_7",)
    facts = Facts(
        label="engaged", title="", definition="", kind="", as_of=date(2025, 8, 31), horizon=7, wanted_horizon=7,
        sessions=7, predictors=names, inputs=names, slope=1.0, level=0.0, threshold=0.5, usual=(3.0,), reference={},
        base_rate=0.5, seed=1, content=meaning, libraries=libraries,
    )  # fmt: skip
    return store.frozen(LogisticRegression().fit(np.array([[1.0], [9.0]]), [0, 1]), facts)


@pytest.mark.long
@pytest.mark.usefixtures("bucket")
def test_models_live_in_the_bucket(new_world: Callable[..., World]) -> None:
    world = new_world()
    write_listeners(world, customers=80, days=29)
    lake = api.open(
        raw=str(world.raw), lake="s3://company/predicted", predict={"engaged_sessions": 7, "horizon_days": 7}
    )
    lake.run(close=True)
    version = lake.predict.train("engaged")[0]["model_version"]
    assert Store("s3://company/predicted").read("models/engaged/current") == version.encode()
    assert [row["customers"] for row in lake.predict.score()] == [80]
    assert lake.predict.list("engaged", top=5).num_rows == 5


@pytest.mark.usefixtures("bucket")
def test_exit_3_where_the_raw_bucket_is_not_there(tmp_path: Path) -> None:
    answer = backbeat("run", "--raw", "s3://nowhere/raw", "--lake", str(tmp_path / "lake"), "--quiet")
    assert answer.code == 3, answer.err
    assert answer.err.startswith("backbeat: s3://nowhere/raw")
    assert len(answer.err.splitlines()) <= 2


@pytest.mark.usefixtures("bucket")
def test_exit_6_where_the_lake_s_bucket_is_not_there(local: World) -> None:
    answer = backbeat("run", "--raw", str(local.raw), "--lake", "s3://nowhere/lake", "--quiet")
    assert answer.code == 6, answer.err
    assert answer.err.startswith("backbeat: s3://nowhere/lake")
    assert len(answer.err.splitlines()) <= 2


def _alike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in UNLIKE} for row in rows]


def _keys(bucket: Any) -> set[str]:
    pages = bucket.get_paginator("list_objects_v2").paginate(Bucket="company", Prefix="lake/")
    return {item["Key"] for page in pages for item in page["Contents"]}
