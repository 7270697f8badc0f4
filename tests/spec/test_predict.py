"""Models of worlds in which it is known what can be foretold, from training to the scores that a run refreshes."""

import itertools
import json
import shutil
from bisect import bisect_left
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.conftest import World, later
from tests.listeners import DAYS, FIRST, PREDICT, write_listeners, write_sessions

from backbeat import content
from backbeat.build.checks import first_failure
from backbeat.engines import duckdb
from backbeat.errors import CheckFailed, InputError, LakeBusy, StorageError, UsageError
from backbeat.lake.lock import writer
from backbeat.predict import score as scoring
from backbeat.predict import store
from backbeat.predict.frame import Reader


@pytest.fixture(scope="module")
def trained(new_world: Callable[..., World]) -> World:
    """A world of different paces, with models and scores; tests only read it."""
    world = new_world(predict=PREDICT)
    write_listeners(world)
    world.run(close=True)
    world.open().predict.train()
    world.open().predict.score()
    return world


@pytest.fixture
def copied(trained: World, tmp_path: Path) -> World:
    """The same, to be changed."""
    for folder in ("raw", "lake"):
        shutil.copytree(getattr(trained, folder), tmp_path / folder)
    return World(tmp_path, **trained.settings)


def test_paces_that_last_are_foretold_better_than_by_the_baseline(trained: World) -> None:
    found = numbers(trained, "engaged")
    assert found["average_precision"]["value"] > found["average_precision"]["baseline_value"]
    assert found["average_precision_gain"]["low"] > 0
    assert found["roc_auc"]["low"] > 0.6
    assert found["ece"]["value"] < 0.12
    assert report(trained, "engaged")["verdict"].startswith("Beats its baseline")


def test_the_numbers_of_the_test_are_those_of_its_customers(trained: World) -> None:
    """Counted again from the stored model and the raw sessions, without the code that measures."""
    from sklearn.metrics import average_precision_score

    lake = trained.open()
    clock = lake.show_published()
    model = store.load(lake.house.store, "engaged")
    assert model
    as_of = FIRST + timedelta(days=DAYS - 1 - 14)
    reader = Reader(lake.house, clock, content.labels()["engaged"], 14, 14)
    frame = reader.frame(as_of, model.facts.predictors, 10_000, 1)
    window = f"session_date between date '{as_of + timedelta(days=1)}' and date '{as_of + timedelta(days=14)}'"
    counts = trained.pairs(f"silver.sessions where {window} group by customer_id", "customer_id", "count(*)")
    y = [counts.get(customer, 0) >= 14 for customer in frame.customers.to_pylist()]
    found = numbers(trained, "engaged")
    assert found["average_precision"]["value"] == pytest.approx(
        average_precision_score(y, model.probability(frame.x)), abs=1e-12
    )
    assert found["base_rate"]["value"] == pytest.approx(np.mean(y))


def test_the_cells_of_the_confusion_matrix_are_what_precision_and_recall_say(trained: World) -> None:
    rows = report(trained, "engaged")["quality"]
    for side in ("value", "baseline_value"):
        cell = {row["bin"]: row[side] for row in rows if row["metric"] == "confusion"}
        found = {name: row[side] for name, row in numbers(trained, "engaged").items()}
        assert sum(cell.values()) == 240
        yes, true = cell["true_positive"] + cell["false_positive"], cell["true_positive"] + cell["false_negative"]
        assert found["precision"] == pytest.approx(cell["true_positive"] / yes)
        assert found["recall"] == pytest.approx(cell["true_positive"] / true)
        assert found["accuracy"] == pytest.approx((cell["true_positive"] + cell["true_negative"]) / 240)


def test_where_one_country_behaves_otherwise_the_card_says_so(world: World) -> None:
    """In Sweden paces last; in Norway everybody gets another one after the days that the model learns from."""
    rng = np.random.default_rng(3)
    before, after = rng.gamma(1.5, 1 / 1.5, 240), rng.gamma(1.5, 1 / 1.5, 240)
    lasting = np.arange(240) < 160
    paces = np.stack([before if day < 46 else np.where(lasting, before, after) for day in range(DAYS)], axis=1)
    write_sessions(world, rng.poisson(paces), path="sessions/all.parquet")
    world.write(
        "customers/c.parquet",
        [{"customer_id": f"c{n:03}", "country": "SE" if lasting[n] else "NO"} for n in range(240)],
    )
    world.settings = {"predict": PREDICT}
    world.run(close=True)
    card = world.open().predict.train("engaged")[0]["card"]
    weak = card.split("## Where it is weak")[1].split("##")[0]
    assert "- country = NO: ROC AUC " in weak
    assert "country = SE" not in weak
    segments = {
        row["bin"]: row["value"] for row in report(world, "engaged")["quality"] if row["bin"].startswith("country = ")
    }
    assert set(segments) == {"country = SE", "country = NO"}


def test_the_card_says_what_has_moved_since(trained: World) -> None:
    """Customers of this world leave for good, so days of silence grow."""
    card = report(trained, "engaged")["card"].split("## Since training")[1]
    rows = {row["bin"]: row for row in report(trained, "engaged")["quality"] if row["split"] == "scored"}
    moved = [name for name, row in rows.items() if name != "all" and row["value"] - row["baseline_value"] > 0.1]
    assert moved and all(f"| `{name}` | {rows[name]['value']:.3f} |" in card for name in moved)
    assert card.count("| `") == len(moved)
    assert f"| share of positives | {rows['all']['baseline_value']:.3f} | {rows['all']['value']:.3f} (" in card


def test_drift_is_that_of_the_sessions_since_training(trained: World) -> None:
    """Counted again from the raw sessions: a week's sessions of everybody, on the days of training and now."""
    rows = report(trained, "engaged")["quality"]
    learnt = [
        date.fromisoformat(row["bin"])
        for row in rows
        if row["split"] in ("train", "validation") and row["bin"][0] == "2"
    ]
    then = np.concatenate([sessions_of_week(trained, day) for day in learnt])
    now = sessions_of_week(trained, FIRST + timedelta(days=DAYS - 1))
    edges = sorted({float(np.quantile(then, n / 10)) for n in range(1, 10)})
    shares = [
        [sum(bisect_left(edges, value) == n for value in values) / len(values) for n in range(len(edges) + 1)]
        for values in (then, now)
    ]
    expected = sum((after - before) * np.log(after / before) for before, after in zip(*shares, strict=True))
    (found,) = [row for row in rows if row["metric"] == "drift" and row["bin"] == "sessions_7"]
    assert found["value"] == pytest.approx(expected, rel=1e-6)
    assert 0 < found["baseline_value"] < 0.5


def sessions_of_week(world: World, day: date) -> np.ndarray:
    window = f"session_date between date '{day - timedelta(days=6)}' and date '{day}'"
    counts = world.pairs(f"silver.sessions where {window} group by customer_id", "customer_id", "count(*)")
    return np.array([counts.get(f"c{n:03}", 0) for n in range(240)])


def test_a_world_of_noise_has_no_skill(world: World) -> None:
    world.settings = {"predict": PREDICT}
    write_listeners(world, noise=True)
    world.run(close=True)
    world.open().predict.train("engaged")
    auc = numbers(world, "engaged")["roc_auc"]
    assert auc["low"] <= 0.5 <= auc["high"]
    assert report(world, "engaged")["verdict"].startswith("No skill")


def test_windows_of_the_splits_do_not_overlap(trained: World) -> None:
    rows = trained.sql(
        "select distinct split, window_from, window_to from gold.prediction_quality "
        "where label = 'engaged' and split <> 'scored' order by window_from"
    )
    assert [row["split"] for row in rows][-2:] == ["validation", "test"]
    assert all(b["window_from"] == a["window_to"] + timedelta(days=1) for a, b in itertools.pairwise(rows))


def test_the_candidates_are_ranked_by_validation_alone(trained: World) -> None:
    tried = trained.sql(
        "select bin, value from gold.prediction_quality "
        "where label = 'engaged' and split = 'validation' and metric = 'average_precision' order by value desc"
    )
    assert {row["bin"] for row in tried} == {"one_count", "logistic", "boosting"}
    titles = {
        "one_count": "a cut through one count",
        "logistic": "logistic regression",
        "boosting": "gradient boosted trees",
    }
    assert report(trained, "engaged")["kind"] == titles[tried[0]["bin"]]


def test_every_customer_is_scored_once(trained: World) -> None:
    rows = trained.sql("select * from gold.predictions where label = 'engaged'")
    assert len({row["customer_id"] for row in rows}) == len(rows) == 240
    assert all(0 <= row["probability"] <= 1 for row in rows)
    assert all(row["predicted"] == (row["probability"] >= row["threshold"]) for row in rows)
    assert {row["as_of"].date() for row in rows} == {FIRST + timedelta(days=DAYS - 1)}


def test_only_active_customers_can_slip_away(trained: World) -> None:
    horizon = report(trained, "churned")["horizon"]
    since = FIRST + timedelta(days=DAYS - horizon)
    active = trained.column(
        f"(select distinct customer_id from silver.sessions where session_date >= date '{since}')", "customer_id"
    )
    assert trained.column("(from gold.predictions where label = 'churned')", "customer_id") == active


def test_reasons_are_words_and_agree_with_the_data(trained: World) -> None:
    likely = trained.sql("select * from gold.predictions where label = 'engaged' order by probability desc limit 1")[0]
    assert 1 <= len(likely["reasons"]) <= 3
    assert all(reason.startswith(("raises: ", "lowers: ")) and "(usual: " in reason for reason in likely["reasons"])
    told = next(reason for reason in likely["reasons"] if " sessions in " in reason)
    number, days = (int(word) for word in told.split() if word.isdigit())
    since = FIRST + timedelta(days=DAYS - days)
    sql = f"select count(*) as n from silver.sessions where session_date >= date '{since}' and customer_id = '{likely['customer_id']}'"
    assert trained.sql(sql)[0]["n"] == number


def test_the_same_data_and_seed_give_the_same_model(copied: World) -> None:
    before = files(copied)
    shutil.rmtree(copied.lake / "models")
    copied.open(threads=1).predict.train()
    after = files(copied)
    assert {name for name in before if name.endswith("model.skops")} == {n for n in after if n.endswith("model.skops")}
    assert all(after[name] == before[name] for name in before if name.endswith("model.skops"))


def test_a_model_says_what_it_was_made_from(trained: World) -> None:
    lake = trained.open()
    facts = store.facts(lake.house.store, "engaged", report(trained, "engaged")["model_version"])
    assert facts.data["gold.customer_day"] == lake.house.table("gold.customer_day").version()
    assert set(facts.libraries) == {"backbeat", "scikit-learn"}


def test_a_model_of_other_features_is_refused(copied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = content.predictor_sql().replace("days_ago < 7", "days_ago < 8")
    monkeypatch.setattr(content, "predictor_sql", lambda: changed)
    with pytest.raises(
        UsageError, match="other features than those of today: type `backbeat predict train --label engaged`"
    ):
        copied.open().predict.score()
    copied.sessions(
        ("new", "c001", f"{FIRST + timedelta(days=DAYS)}T10:00:00Z"), path="sessions/new.parquet", at=later()
    )
    assert any("were not refreshed" in note for note in copied.run().notes)


def test_a_model_goes_on_where_its_features_were_only_written_anew(
    copied: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    was, _ = store.code_version()
    anew = f"-- The same.\n{content.predictor_sql()}"
    monkeypatch.setattr(content, "predictor_sql", lambda: anew)
    now, _ = store.code_version()
    monkeypatch.setattr(content, "predictors_same_as", lambda: {now: (was,)})
    copied.open().predict.score()


def test_what_features_were_is_told_of_those_of_today() -> None:
    assert {*content.predictors_same_as()} == {store.code_version()[0]}


def test_a_model_of_another_scikit_learn_is_refused(copied: World) -> None:
    path = next((copied.lake / "models" / "engaged").glob("*/model.json"))
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "libraries": {**facts["libraries"], "scikit-learn": "0.1"}}))
    with pytest.raises(UsageError, match=r"trained by scikit-learn 0\.1"):
        copied.open().predict.score()


def test_a_file_that_holds_anything_else_is_not_loaded(copied: World) -> None:
    import skops.io

    path = next((copied.lake / "models" / "engaged").glob("*/model.skops"))
    path.write_bytes(skops.io.dumps(World))
    with pytest.raises(StorageError, match="is not loaded"):
        copied.open().predict.score()


def test_no_file_of_a_model_is_a_pickle(trained: World) -> None:
    names = {Path(name).name for name in files(trained)}
    assert names == {"current", "model.skops", "model.json", "card.md"}
    assert all(
        content[:2] in (b"PK", b"{\n", b"# ") or name.endswith("current") for name, content in files(trained).items()
    )


def test_a_run_refreshes_scores_and_rests_where_nothing_is_new(copied: World) -> None:
    copied.run()
    before = copied.versions()
    assert copied.run().notes == ()
    assert copied.versions() == before
    tomorrow = FIRST + timedelta(days=DAYS)
    write_sessions(copied, np.ones((240, 1), int), path="sessions/tomorrow.parquet", first=tomorrow)
    copied.run(close=True)
    assert {day.date() for day in copied.column("gold.predictions", "as_of")} == {tomorrow}
    assert len(copied.read("gold.predictions")) > 240


def test_scores_are_kept_where_a_check_fails(copied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = copied.versions()["gold.predictions"]
    monkeypatch.setattr(scoring, "first_failure", lambda *_: "probability is between 0 and 1: 1 bad rows")
    with pytest.raises(CheckFailed, match="keeps its last good version"):
        copied.open().predict.score()
    assert copied.versions()["gold.predictions"] == before


def test_batches_of_any_size_give_the_same_scores(copied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {(row["label"], row["customer_id"]): row for row in copied.read("gold.predictions")}
    monkeypatch.setattr(duckdb, "MAPPED_AT_ONCE", 50)
    copied.open().predict.score()
    after = {(row["label"], row["customer_id"]): row for row in copied.read("gold.predictions")}
    assert after.keys() == before.keys()
    assert all(after[key]["reasons"] == row["reasons"] for key, row in before.items())
    assert max(abs(after[key]["probability"] - row["probability"]) for key, row in before.items()) < 1e-12


def test_one_label_alone_leaves_the_other_as_it_was(copied: World) -> None:
    before = copied.read("gold.predictions")
    copied.open().predict.score("churned")
    assert copied.read("gold.predictions") == before


def test_who_trains_holds_the_lake(copied: World) -> None:
    lake = copied.open(wait="0s")
    with writer(lake.house.store, 0), pytest.raises(LakeBusy):
        lake.predict.score()


def test_a_sample_keeps_the_share_of_positives(trained: World) -> None:
    lake = trained.open()
    reader = Reader(lake.house, lake.show_published(), content.labels()["engaged"], 14, 14)
    as_of = FIRST + timedelta(days=40)
    whole, sample = (reader.frame(as_of, ["sessions_7"], rows, 1) for rows in (10_000, 60))
    assert sample.population == len(whole.y) == 240
    assert 60 <= len(sample.y) <= 61
    assert sample.y.mean() == pytest.approx(whole.y.mean(), abs=1 / 60)
    assert sample.customers.to_pylist() != whole.customers.to_pylist()[:60]
    again = reader.frame(as_of, ["sessions_7"], 60, 1)
    assert pa.array(again.customers) == sample.customers


def test_training_on_a_sample_is_said_and_is_worth_about_as_much(copied: World) -> None:
    whole = numbers(copied, "engaged")["average_precision"]
    copied.open(predict={**PREDICT, "max_training_rows": 120}).predict.train("engaged")
    found = report(copied, "engaged")
    assert "of 240 |" in found["card"] and "with the same share of positives" in found["card"]
    assert numbers(copied, "engaged")["average_precision"]["value"] > whole["low"] - 0.1
    assert copied.open().predict.score("engaged")[0]["customers"] == 240


def test_the_card_tells_a_shorter_horizon_and_what_was_left_out(copied: World) -> None:
    copied.open(predict={}).predict.train("engaged")
    found = report(copied, "engaged")
    assert (found["horizon"], found["wanted_horizon"], found["sessions"]) == (15, 62, 20)
    assert "too short for the 62 days asked for: 15 days are the longest that fit, and 20 sessions" in found["card"]
    assert "- `plays_28`: nothing is known of events" in found["card"]
    assert "- `sessions_56`: sessions are known from 2025-01-01" in found["card"]
    assert "`sessions_56`," not in found["card"]


def test_too_few_of_a_kind_is_said(copied: World) -> None:
    with pytest.raises(
        InputError, match=r"engaged: in training 0 of \d+ customers are positive with 900 sessions in 14 days"
    ):
        copied.open(predict={**PREDICT, "engaged_sessions": 900}).predict.train("engaged")


def test_a_label_that_can_t_be_learnt_leaves_the_other(copied: World) -> None:
    said: list[str] = []
    reports = copied.open(predict={**PREDICT, "engaged_sessions": 900}).predict.train(
        say=lambda line, *_: said.append(line)
    )
    assert [each["label"] for each in reports] == ["churned"]
    assert any(line.startswith("left out: engaged") for line in said)


def test_the_list_is_the_likeliest_first(trained: World) -> None:
    found = trained.open().predict.list("churned", top=7).to_pylist()
    best = trained.sql(
        "select customer_id from gold.predictions where label = 'churned' order by probability desc, customer_id limit 7"
    )
    assert [row["customer_id"] for row in found] == [row["customer_id"] for row in best]


@pytest.mark.parametrize("table", ["predictions", "prediction_quality"])
def test_the_checks_of_the_tables_pass(trained: World, table: str) -> None:
    lake = trained.open()
    lake.show_published()
    assert first_failure(lake.house, content.tables()[table]) is None


def report(world: World, label: str) -> dict[str, Any]:
    return dict(world.open().predict.report(label)[0])


def numbers(world: World, label: str) -> dict[str, dict[str, Any]]:
    """The rows of the test about all customers, by metric."""
    rows = report(world, label)["quality"]
    return {row["metric"]: row for row in rows if row["split"] == "test" and row["bin"] == "all"}


def files(world: World) -> dict[str, bytes]:
    root = world.lake / "models"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
