"""`backbeat.detect`: causal, equal to the definition, quiet on quiet traffic, awake to troubles."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle import alerts as oracle

import backbeat
from backbeat.alert.scale import chance_skew, skewed, unskewed
from backbeat.alert.seasonal import Memory, Seasonal
from backbeat.alert.watch import copied
from backbeat.errors import UsageError

FIRST = datetime(2025, 3, 1, tzinfo=UTC)
RULES: dict[str, dict[str, Any]] = {
    "seasonal": {"warm_up_days": 0.0, "warm_up_points": 3},
    "percentile": {"windows": 4},
    "threshold": {"above": 5, "below": -5},
    "change": {"by": 0.5, "ago": "10m"},
    "absence": {"windows": 2},
}
VALUES = st.lists(
    st.one_of(st.none(), st.integers(0, 50).map(float), st.floats(-1e6, 1e6, allow_nan=False)), min_size=1, max_size=60
)


def grid(count: int, minutes: float = 5) -> list[datetime]:
    return [FIRST + timedelta(minutes=minutes * n) for n in range(count)]


def poisson(expected: np.ndarray, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).poisson(expected).astype(float)


def traffic(days: int, level: float = 45) -> np.ndarray:
    """What is expected of each five minutes: a curve of hours whose quietest has 0.6 of the level."""
    hours = level * (1.6 + np.sin(2 * np.pi * (np.arange(24) - 9) / 24))
    return hours[np.arange(days * 288) // 12 % 24]


@pytest.mark.parametrize("rule", RULES)
@given(values=VALUES, gaps=st.lists(st.integers(1, 3000), min_size=60, max_size=60), cut=st.integers(0, 60))
@settings(deadline=None, max_examples=40)
def test_more_points_never_change_an_earlier_row(rule: str, values: list[Any], gaps: list[int], cut: int) -> None:
    minutes = np.cumsum(gaps[: len(values)]).tolist()
    times = [FIRST + timedelta(minutes=at) for at in minutes]
    whole = backbeat.detect(times, values, rule, **RULES[rule])
    part = backbeat.detect(times[:cut], pa.array(values[:cut], pa.float64()), rule, **RULES[rule])
    assert part.equals(whole.slice(0, cut))
    assert all(
        0 <= score <= 1 and (score >= 0.5) == breach
        for score, breach in zip(whole["score"].to_pylist(), whole["is_breach"].to_pylist(), strict=True)
    )


@given(values=VALUES)
@settings(deadline=None, max_examples=100)
def test_simple_rules_are_what_their_definition_says(values: list[Any]) -> None:
    times = grid(len(values))
    wanted = {
        "percentile": oracle.percentile(values, windows=4),
        "threshold": oracle.threshold(values, 5, -5),
        "change": oracle.change(times, values, 0.5, timedelta(minutes=10)),
        "absence": oracle.absence(values, 2),
    }
    for rule, breaches in wanted.items():
        assert backbeat.detect(times, values, rule, **RULES[rule])["is_breach"].to_pylist() == breaches, rule


@pytest.mark.parametrize("cut", [1, 700, 1500])
def test_a_memory_that_was_put_away_goes_on_as_if_it_had_not_been(cut: int) -> None:
    values = poisson(traffic(7), 1)
    values[1100:1110] = 0.5
    times = np.arange(len(values)) * 300_000_000
    rule, memory = Seasonal(), Memory()
    first = rule.judge(times[:cut], values[:cut], memory)
    joined = first.followed_by(rule.judge(times[cut:], values[cut:], copied(rule, memory)))
    whole = rule.judge(times, values, Memory())
    for name in ("expected", "score", "is_breach"):
        assert np.array_equal(getattr(joined, name), getattr(whole, name)), name


PROFILES = {
    "flat": np.ones(24),
    "shop hours": np.where((np.arange(24) >= 9) & (np.arange(24) < 17), 2.5, 0.25),
    "peaked": 2.9 * np.exp(2.5 * (np.cos(2 * np.pi * np.arange(24) / 24) - 1)),
}


@pytest.mark.parametrize("profile", PROFILES)
@given(seed=st.integers(0, 2**32), level=st.sampled_from([5, 12, 40, 150, 500]))
@settings(deadline=None, max_examples=12, derandomize=True)
def test_quiet_traffic_is_quiet_whatever_its_profile_and_level(profile: str, seed: int, level: float) -> None:
    """Thirty days of chance alone: at most one incident a week, whatever the seed."""
    values = poisson(level * PROFILES[profile][np.arange(8640) // 12 % 24], seed)
    breaches = np.flatnonzero(backbeat.detect(grid(8640), values)["is_breach"].to_numpy())
    assert int(len(breaches) > 0) + int(np.sum(np.diff(breaches) > 3)) <= 4


@given(expected=st.floats(1.3, 60), spread=st.floats(1, 40), z=st.floats(-8, 8))
def test_a_band_ends_where_evidence_is_enough(expected: float, spread: float, z: float) -> None:
    skew = chance_skew(expected, spread)
    rare = skewed(z, skew)
    assert z < -1 / (2 * skew) or unskewed(rare, skew) == pytest.approx(z, abs=1e-6)


@pytest.mark.parametrize(("factor", "share"), [(1.6, 0.9), (0.3, 0.99)])
def test_troubles_of_fifteen_minutes_are_found_within_three_windows(factor: float, share: float) -> None:
    hits = []
    for seed in range(2):
        random, expected = np.random.default_rng(seed), traffic(30)
        busy = np.flatnonzero(expected >= 45)
        starts = [int(random.choice(busy[(busy // 288 == day) & (busy % 288 < 285)])) for day in range(8, 30)]
        for start in starts:
            expected[start : start + 3] *= factor
        breach = backbeat.detect(grid(8640), poisson(expected, seed))["is_breach"].to_numpy()
        hits += [bool(breach[start : start + 3].any()) for start in starts]
    assert np.mean(hits) >= share


def test_an_outage_does_not_become_the_usual_the_next_day() -> None:
    expected = traffic(10)
    expected[8 * 288 + 130 : 8 * 288 + 160] *= 0.02
    found = backbeat.detect(grid(2880), poisson(expected, 3))
    band = found["expected"].to_numpy()[9 * 288 + 130 : 9 * 288 + 160]
    assert np.all(np.abs(band / traffic(10)[9 * 288 + 130 : 9 * 288 + 160] - 1) < 0.25)
    assert found["is_breach"].to_numpy()[8 * 288 + 131 : 8 * 288 + 160].all()


def test_a_level_that_stays_is_the_new_usual_after_a_day() -> None:
    values = np.random.default_rng(0).normal(10.5, 1, 288 * 8)
    values[288 * 4 :] += 40
    breach = backbeat.detect(grid(len(values)), values)["is_breach"].to_numpy()
    assert breach[288 * 4 : 288 * 5].mean() > 0.95
    assert breach[288 * 5 + 12 :].mean() < 0.01


def test_an_incident_is_said_once() -> None:
    """Every window of a plateau is a breach; its first scores high, those after it say next to nothing new."""
    values = np.random.default_rng(1).normal(50, 1, 2500)
    values[2000:2030] += 12
    judged = backbeat.detect(grid(2500), values)
    scores = judged["score"].to_numpy()[2000:2030]
    assert judged["is_breach"].to_numpy()[2000:2030].all()
    assert scores[0] > 0.7
    assert np.sort(scores)[:-2].max() < 0.55


def test_what_comes_again_and_again_loses_its_surprise() -> None:
    values = np.random.default_rng(2).normal(50, 1, 6000)
    spikes = np.arange(700, 5900, 150)
    values[spikes] += 20
    values[5950] += 200
    scores = backbeat.detect(grid(6000), values)["score"].to_numpy()
    assert scores[spikes[0]] > 0.8
    assert max(scores[spikes[-5:]]) < 0.62
    assert scores[5950] > 0.7


def test_nothing_is_a_breach_before_it_is_warm() -> None:
    values = poisson(traffic(3), 0)
    values[[200, 570]] = 900
    values[600] = 900
    breach = backbeat.detect(grid(864), values)["is_breach"].to_numpy()
    absent = [200 + 2 * 288, 570 + 288]  # what was learnt in the warm-up does not come again
    assert list(np.flatnonzero(breach)) == [600, *absent]


def test_few_are_no_alarm_where_few_are_expected() -> None:
    values = poisson(np.full(288 * 4, 0.3), 0)
    values[288 * 3] = 4
    assert not backbeat.detect(grid(len(values)), values)["is_breach"].to_numpy().any()
    values[288 * 3] = 12
    assert backbeat.detect(grid(len(values)), values)["is_breach"].to_numpy()[288 * 3]


def test_direction_says_which_side_counts() -> None:
    values = poisson(traffic(6), 0)
    values[288 * 4 + 100], values[288 * 5 + 100] = 300, 0
    found = {
        d: np.flatnonzero(backbeat.detect(grid(len(values)), values, direction=d)["is_breach"].to_numpy())
        for d in ("up", "down")
    }
    assert 288 * 4 + 100 in found["up"] and 288 * 5 + 100 not in found["up"]
    assert 288 * 5 + 100 in found["down"] and 288 * 4 + 100 not in found["down"]


def test_days_are_those_of_the_zone() -> None:
    """A clock that jumps in March: by New York's days the curve stands still, by UTC it moves by an hour."""
    local = np.array(
        [(at - timedelta(hours=5 if at < datetime(2025, 3, 9, 7, tzinfo=UTC) else 4)).hour for at in grid(288 * 16)]
    )
    values = poisson(np.where((local >= 9) & (local < 17), 90, 30), 0)
    breaches = {
        zone: backbeat.detect(grid(len(values)), values, timezone=zone)["is_breach"].to_numpy()[288 * 9 :].sum()
        for zone in ("UTC", "America/New_York")
    }
    assert breaches["America/New_York"] < breaches["UTC"]


@pytest.mark.parametrize(
    ("times", "values", "rule", "words"),
    [
        (grid(2), [1.0], "seasonal", "2 times and 1 values"),
        (grid(2)[::-1], [1.0, 2.0], "seasonal", "sort the series"),
        (grid(1), [1.0], "seasonl", "there are seasonal"),
        (grid(1), ["x"], "seasonal", "give numbers"),
        (["yesterday"], [1.0], "seasonal", "give datetimes"),
        ([1_750_000_000], [1.0], "seasonal", "whether they are seconds"),
        (grid(1), [1.0], "change", "by"),
        (grid(1), [1.0], "threshold", "above: NUMBER"),
    ],
)
def test_what_is_no_series_or_no_rule_is_said(times: Any, values: Any, rule: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        backbeat.detect(times, values, rule)


def test_a_value_beyond_all_measure_is_a_breach_and_no_end() -> None:
    """Its square is no number; and what comes after it is still judged."""
    values = [0.25 * (n % 7) for n in range(2_000)]
    values[100] = values[1_500] = 1e200
    values[1_900] = 50.0
    found = backbeat.detect([FIRST + n * timedelta(minutes=5) for n in range(2_000)], values)
    assert found["is_breach"][1_500].as_py() and found["is_breach"][1_900].as_py()
    assert all(0 <= score <= 1 for score in found["score"].to_pylist())


@pytest.mark.parametrize(
    ("rule", "parameters", "words"),
    [
        ("seasonal", {"threshold": -3}, "above 0"),
        ("seasonal", {"adapt_days": float("nan")}, "above 0"),
        ("seasonal", {"warm_up_days": -1}, "0 or more"),
        ("threshold", {"above": 50, "below": 100}, "below smaller than above"),
        ("threshold", {"above": float("nan"), "below": 1}, "below smaller than above"),
    ],
)
def test_parameters_that_make_no_sense_are_said(rule: str, parameters: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        backbeat.detect(grid(1), [1.0], rule, **parameters)


@pytest.mark.parametrize("odd", [0.5, -1.0])
def test_a_count_that_turns_out_to_be_none_is_judged_on_as_before(odd: float) -> None:
    values = poisson(np.full(10 * 288, 50.0), 3)
    times = grid(len(values))
    before = backbeat.detect(times, values)["is_breach"].to_numpy()
    values[2000] = values[2000] + odd if odd > 0 else odd
    found = backbeat.detect(times, values)
    assert before.sum() <= 1
    assert found["is_breach"].to_numpy()[2001:].sum() <= 3
    band = (found["upper"].to_numpy() - found["expected"].to_numpy())[2500:]
    assert 20 < np.median(band) < 50, "4.2 standard deviations of about 7"


def test_what_lasts_is_the_new_usual_with_its_own_noise() -> None:
    random = np.random.default_rng(4)
    values = np.concatenate([np.full(4 * 288, 20.5), random.normal(60, 3, 6 * 288)])
    is_breach = backbeat.detect(grid(len(values)), values)["is_breach"].to_numpy()
    assert is_breach[4 * 288 : 5 * 288].all()
    assert is_breach[5 * 288 + 12 :].sum() <= 5
