"""Rate and mix effects add up, whatever the counts; and say what happened where one thing alone did."""

from hypothesis import given
from hypothesis import strategies as st

from backbeat import content
from backbeat.measure.change import Change, change
from backbeat.measure.split import Effect, effects, enough
from backbeat.measure.tally import BUCKETS, Tally

METRIC = content.metrics()["engaged_rate"]


def tally(numerator: int, denominator: int) -> Tally:
    return Tally(((numerator, denominator), *((0, 0),) * (BUCKETS - 1)))


def split(*rows: tuple[str, tuple[int, int], tuple[int, int]], min_group: int = 1) -> tuple[Change, list[Effect]]:
    sliced = [(name, tally(*now), tally(*before)) for name, now, before in rows]
    now, before = (tally(sum(r[i][0] for r in rows), sum(r[i][1] for r in rows)) for i in (1, 2))
    whole = change(METRIC, now, before, status="final", slice="all", slice_value="all")
    return whole, list(effects(whole, "plan", enough(sliced, min_group)))


counts = st.integers(1, 400).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d)))
maybe = st.one_of(st.just((0, 0)), counts)
groups = st.lists(st.tuples(maybe, maybe), min_size=1, max_size=8)


@given(counts, counts, groups, st.integers(1, 60))
def test_effects_add_up_to_the_change_exactly(
    now: tuple[int, int], before: tuple[int, int], others: list[tuple[tuple[int, int], tuple[int, int]]], least: int
) -> None:
    rows = [("first", now, before), *((f"v{i}", *other) for i, other in enumerate(others))]
    whole, found = split(*rows, min_group=least)
    hundredths = [round(100 * effect) for row in found for effect in (row.rate_effect, row.mix_effect)]
    assert sum(hundredths) == round(100 * (whole.change or 0))
    assert sum(row.customers for row in found) == whole.denominator
    assert sum(row.previous_customers for row in found) == whole.previous_denominator
    sizes = [size for row in found for size in (row.customers, row.previous_customers) if size]
    assert len(found) == 1 or all(size >= least for size in sizes)


def test_where_only_rates_change_there_is_no_mix() -> None:
    whole, found = split(("a", (60, 100), (50, 100)), ("b", (10, 100), (10, 100)))
    assert whole.change == 5
    assert [(row.slice_value, row.rate_effect, row.mix_effect) for row in found] == [("a", 5, 0), ("b", 0, 0)]


def test_where_only_the_mix_changes_there_is_no_rate() -> None:
    """More of the better and fewer of the worse both help."""
    whole, found = split(("good", (135, 150), (90, 100)), ("bad", (5, 50), (10, 100)))
    assert whole.change == 20
    assert [(row.slice_value, row.rate_effect, row.mix_effect) for row in found] == [("good", 0, 7.5), ("bad", 0, 12.5)]


def test_a_slice_that_came_is_all_mix() -> None:
    _, found = split(("old", (50, 100), (50, 100)), ("new", (100, 100), (0, 0)))
    assert {row.slice_value: row.rate_effect for row in found} == {"old": 0, "new": 0}


def test_small_groups_are_merged_with_the_next_smallest_until_they_are_enough() -> None:
    rows = [(name, tally(1, size), tally(1, size)) for name, size in [("a", 50), ("b", 9), ("c", 3)]]
    assert [(name, now.denominator) for name, now, _ in enough(rows, 5)] == [("a", 50), ("other", 12)]
    assert [(name, now.denominator) for name, now, _ in enough(rows, 3)] == [("a", 50), ("b", 9), ("c", 3)]
