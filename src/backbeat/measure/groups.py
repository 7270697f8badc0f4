"""What people may see of small groups: they are merged as `other`, which is withheld where it is still too small."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import add
from typing import Any

OTHER = "other"
Size = Callable[[Mapping[str, Any]], int]


def shown(
    counted: Iterable[Mapping[str, Any]],
    min_group: int,
    *,
    is_filtered: bool = False,
    counts: Sequence[str] = ("numerator", "denominator"),
    size: Size = lambda row: int(row["denominator"]),
) -> list[dict[str, Any]]:
    """Rows of slice, slice_value and `counts` as people may see them, `all` first, then by size.

    `size` says how many customers a row is about. Counts are added up in `other` and None where they are withheld.
    `all` is everybody and always shown, unless a filter made it a group of its own.
    """
    ordered = sorted(counted, key=lambda row: (row["slice"] != "all", row["slice"], -size(row), row["slice_value"]))
    return [
        row
        for name, group in groupby(ordered, key=lambda row: str(row["slice"]))
        for row in _slice(name, list(group), min_group, is_filtered, counts, size)
    ]


def _slice(
    name: str, rows: Sequence[Mapping[str, Any]], least: int, is_filtered: bool, counts: Sequence[str], size: Size
) -> list[dict[str, Any]]:
    if name == "all":
        return [_withheld(row, counts) if is_filtered and 0 < size(row) < least else dict(row) for row in rows]
    large = [dict(row) for row in rows if size(row) >= least]
    small = [row for row in rows if size(row) < least]
    return [*large, *_other(small, least, counts, size)]


def _other(small: Sequence[Mapping[str, Any]], least: int, counts: Sequence[str], size: Size) -> list[dict[str, Any]]:
    if not small:
        return []
    sums = {name: reduce(add, (row[name] for row in small)) for name in counts}
    merged = {**small[0], "slice_value": OTHER, **sums}
    return [merged if size(merged) >= least else _withheld(merged, counts)]


def _withheld(row: Mapping[str, Any], counts: Sequence[str]) -> dict[str, Any]:
    return {**row, **dict.fromkeys(counts)}
