"""How far a predictor or a share has moved since training, and what chance alone makes of it."""

import numpy as np
import pytest

from backbeat.predict.model import Bins, counts, drift, drift_by_chance, interval_of_share, reference_of


def bins_of(values: np.ndarray) -> Bins:
    return reference_of(values[:, None], ("x",))["x"]


def test_the_index_is_the_sum_over_bins() -> None:
    bins = Bins((0.0,), (0.5, 0.4, 0.1))
    found = drift(bins, np.array([20.0, 70.0, 10.0]))
    assert found == pytest.approx((0.2 - 0.5) * np.log(0.2 / 0.5) + (0.7 - 0.4) * np.log(0.7 / 0.4))


def test_unknown_values_are_a_bin_of_their_own() -> None:
    bins = bins_of(np.arange(100.0))
    assert drift(bins, counts(np.full(100, np.nan), np.array(bins.edges))) > 5


def test_chance_alone_stays_below_its_bound_and_comes_near_it() -> None:
    rng = np.random.default_rng(4)
    then, now = rng.normal(size=(2_000, 300)), rng.normal(size=(2_000, 150))
    ratios = []
    for learnt, seen in zip(then, now, strict=True):
        bins = bins_of(learnt)
        counted = counts(seen, np.array(bins.edges)).astype(float)
        ratios.append(drift(bins, counted) / drift_by_chance(bins, counted, len(learnt)))
    assert np.mean(np.array(ratios) > 1) < 0.005
    assert max(ratios) > 0.85


def test_a_shift_of_the_mean_by_its_spread_is_far_beyond_chance() -> None:
    rng = np.random.default_rng(5)
    bins = bins_of(rng.normal(size=300))
    counted = counts(rng.normal(1, 1, 150), np.array(bins.edges)).astype(float)
    assert drift(bins, counted) > 0.25 + drift_by_chance(bins, counted, 300)


@pytest.mark.parametrize(("share", "customers"), [(0.5, 40), (0.1, 100), (0.9, 400)])
def test_the_interval_of_a_share_holds_the_truth_19_times_in_20(share: float, customers: int) -> None:
    drawn = np.random.default_rng(6).binomial(customers, share, 4_000) / customers
    held = [low <= share <= high for low, high in (interval_of_share(each, customers) for each in drawn)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_the_interval_of_nobody_or_everybody_is_within_bounds() -> None:
    assert interval_of_share(0, 50)[0] == pytest.approx(0)
    assert interval_of_share(1, 50)[1] == pytest.approx(1)
