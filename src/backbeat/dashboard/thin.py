"""A long series with fewer points: of each stretch, the rows with the lowest and the highest values stay."""

from typing import Any

import pyarrow as pa

from backbeat.specs import Block

MOST_POINTS = 2_000


def thinned(found: pa.Table, block: Block, most: int = MOST_POINTS) -> list[dict[str, Any]]:
    """The rows of a chart in order; of a series of more than `most`, those that keep its peaks and its ends."""
    if found.num_rows <= most or block.by or block.color or not block.y:
        return list(found.to_pylist())
    kept = {0, found.num_rows - 1}
    for name in block.y:
        kept |= _peaks(found.column(name).to_pylist(), most // (2 * len(block.y)))
    return list(found.take(sorted(kept)).to_pylist())


def _peaks(values: list[Any], stretches: int) -> set[int]:
    """The places of the lowest and the highest value of each stretch."""
    size = -(-len(values) // max(stretches, 1))
    kept: set[int] = set()
    for begin in range(0, len(values), size):
        known = [n for n in range(begin, min(begin + size, len(values))) if values[n] is not None]
        if known:
            kept |= {min(known, key=values.__getitem__), max(known, key=values.__getitem__)}
        else:
            kept.add(begin)
    return kept
