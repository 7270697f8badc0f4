"""What people may see of small groups: they are merged as `other`, which is withheld where it is still too small."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

OTHER = "other"


def shown(counted: Iterable[Mapping[str, Any]], min_group: int, *, is_filtered: bool = False) -> list[dict[str, Any]]:
    """Rows of slice, slice_value, numerator, denominator as people may see them, `all` first, then by size.

    `all` is everybody and always shown, unless a filter made it a group of its own.
    """
    ordered = sorted(
        counted, key=lambda row: (row["slice"] != "all", row["slice"], -row["denominator"], row["slice_value"])
    )
    return [
        row
        for name, group in groupby(ordered, key=lambda row: str(row["slice"]))
        for row in _slice(name, list(group), min_group, is_filtered)
    ]


def _slice(name: str, rows: Sequence[Mapping[str, Any]], min_group: int, is_filtered: bool) -> list[dict[str, Any]]:
    if name == "all":
        return [_withheld(row) if is_filtered and 0 < row["denominator"] < min_group else dict(row) for row in rows]
    large = [dict(row) for row in rows if row["denominator"] >= min_group]
    small = [row for row in rows if row["denominator"] < min_group]
    return [*large, *_other(name, small, min_group)]


def _other(name: str, small: Sequence[Mapping[str, Any]], min_group: int) -> list[dict[str, Any]]:
    if not small:
        return []
    sums = {key: sum(row[key] for row in small) for key in ("numerator", "denominator")}
    merged = {"slice": name, "slice_value": OTHER, **sums}
    return [merged if merged["denominator"] >= min_group else _withheld(merged)]


def _withheld(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "numerator": None, "denominator": None}
