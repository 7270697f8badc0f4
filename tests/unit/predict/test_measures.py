"""The measures against scikit-learn's, also where customers weigh differently and probabilities are equal."""

import numpy as np
import pytest
from sklearn import metrics

from backbeat.predict.measures import Outcome, average_precision, best_threshold, deciles, measures
from backbeat.predict.quality import qualities

N = 400


@pytest.fixture(params=["fine", "tied"])
def outcome(request: pytest.FixtureRequest) -> Outcome:
    rng = np.random.default_rng(3)
    p = rng.random(N)
    y = (rng.random(N) < p).astype(float)
    return Outcome(y, np.round(p, 1) if request.param == "tied" else p, 0.4)


@pytest.fixture(params=["all once", "resampled"])
def weights(request: pytest.FixtureRequest) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.ones(N) if request.param == "all once" else rng.integers(0, 3, N).astype(float)


def test_measures_are_scikit_learns(outcome: Outcome, weights: np.ndarray) -> None:
    found = {metric: values[0] for (metric, _), values in measures(outcome, weights[None, :]).items()}
    y, p, said, w = outcome.y, outcome.p, outcome.p >= 0.4, {"sample_weight": weights}
    expected = {
        "average_precision": metrics.average_precision_score(y, p, **w),
        "roc_auc": metrics.roc_auc_score(y, p, **w),
        "brier": metrics.brier_score_loss(y, p, **w),
        "precision": metrics.precision_score(y, said, **w),
        "recall": metrics.recall_score(y, said, **w),
        "f1": metrics.f1_score(y, said, **w),
        "accuracy": metrics.accuracy_score(y, said, **w),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_lift_and_calibration_error_counted_by_hand() -> None:
    y = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 1.0])
    p = np.array([0.95, 0.9, 0.85, 0.4, 0.35, 0.2, 0.15, 0.1, 0.05, 0.05])
    found = measures(Outcome(y, p, 0.5), np.ones((1, 10)))
    assert found["lift_at_10", "all"][0] == pytest.approx(1 / 0.4)
    by_bin = {0: [8, 9], 1: [6, 7], 2: [5], 3: [4], 4: [3], 8: [2], 9: [0, 1]}
    off = sum(abs(sum(p[i] - y[i] for i in rows)) for rows in by_bin.values()) / 10
    assert found["ece", "all"][0] == pytest.approx(off)


def test_the_likeliest_tenth_of_equals_is_a_tenth_of_each() -> None:
    y = np.array([1.0] * 5 + [0.0] * 15)
    assert measures(Outcome(y, np.full(20, 0.3), 0.5), np.ones((1, 20)))["lift_at_10", "all"][0] == pytest.approx(1)


def test_deciles_are_of_as_many_customers_and_in_order(outcome: Outcome) -> None:
    found = deciles(outcome, np.ones((1, N)))
    foretold = [found["calibration_foretold", str(n)][0] for n in range(1, 11)]
    assert foretold == sorted(foretold)
    ranked = np.sort(outcome.p).reshape(10, N // 10).mean(axis=1)
    assert foretold == pytest.approx(list(ranked))
    observed = [found["calibration_observed", str(n)][0] for n in range(1, 11)]
    assert np.mean(observed) == pytest.approx(outcome.y.mean())


def test_intervals_hold_the_value_and_narrow_with_more_customers() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for n in (200, 3_200):
        p = rng.random(n)
        y = (rng.random(n) < p).astype(float)
        found = {(each.metric, each.bin): each for each in qualities(Outcome(y, p, 0.5), p > 0.5, seed=1)}
        auc = found["roc_auc", "all"]
        assert auc.low < auc.value < auc.high
        assert found["average_precision", "all"].baseline_value == pytest.approx(average_precision(y, (p > 0.5) * 1.0))
        widths.append(auc.high - auc.low)
    assert 2.5 < widths[0] / widths[1] < 6


def test_the_interval_is_that_of_many_samples_drawn_one_by_one() -> None:
    rng = np.random.default_rng(2)
    y = (rng.random(500) < 0.3).astype(float)
    found = next(each for each in qualities(Outcome(y, y * 0.5, 0.4), y > 2, seed=1) if each.metric == "base_rate")
    drawn = [y[rng.integers(0, 500, 500)].mean() for _ in range(2_000)]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.012)


def test_the_best_threshold_has_the_best_f1(outcome: Outcome) -> None:
    best = metrics.f1_score(outcome.y, outcome.p >= best_threshold(outcome.y, outcome.p))
    assert best == pytest.approx(max(metrics.f1_score(outcome.y, outcome.p >= cut) for cut in np.unique(outcome.p)))


def test_customers_of_one_kind_alone_have_no_ranking() -> None:
    found = qualities(Outcome(np.zeros(20), np.linspace(0, 1, 20), 0.5), np.zeros(20, bool), seed=1)
    assert all(np.isnan(each.value) for each in found if each.metric in ("roc_auc", "average_precision"))
