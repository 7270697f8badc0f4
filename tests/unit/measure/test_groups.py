"""What people may see of small groups."""

from typing import Any

import pytest

from backbeat.measure.groups import shown


def group(value: str, numerator: int, denominator: int, slice: str = "country") -> dict[str, Any]:
    return {"slice": slice, "slice_value": value, "numerator": numerator, "denominator": denominator}


def seen(*groups: dict[str, Any], is_filtered: bool = False) -> list[tuple[str, int | None, int | None]]:
    return [(r["slice_value"], r["numerator"], r["denominator"]) for r in shown(groups, 5, is_filtered=is_filtered)]


ALL = group("all", 1, 2, "all")


def test_small_groups_are_merged_as_other() -> None:
    assert seen(group("SE", 4, 9), group("NO", 1, 4), group("DK", 2, 3)) == [("SE", 4, 9), ("other", 3, 7)]


def test_other_is_withheld_while_it_is_small() -> None:
    assert seen(group("SE", 4, 9), group("NO", 1, 4)) == [("SE", 4, 9), ("other", None, None)]


def test_a_group_of_the_minimum_is_shown() -> None:
    assert seen(group("SE", 4, 5)) == [("SE", 4, 5)]


def test_everybody_is_shown_however_few_unless_a_filter_made_it_a_group() -> None:
    assert seen(ALL) == [("all", 1, 2)]
    assert seen(ALL, is_filtered=True) == [("all", None, None)]
    assert seen(group("all", 0, 0, "all"), is_filtered=True) == [("all", 0, 0)]


def test_all_comes_first_then_slices_by_name_then_groups_by_size() -> None:
    rows = [
        group("web", 1, 8, "device"),
        group("NO", 1, 6),
        group("SE", 1, 9),
        group("all", 5, 15, "all"),
        group("DK", 1, 6),
    ]
    assert [value for value, _, _ in seen(*rows)] == ["all", "SE", "DK", "NO", "web"]


@pytest.mark.parametrize("rows", [[], [group("all", 0, 0, "all")]])
def test_nothing_is_nothing(rows: list[dict[str, Any]]) -> None:
    assert shown(rows, 5) == rows
