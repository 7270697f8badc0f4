"""Counts of what was written."""

from collections import Counter
from typing import TypeAlias

Tally: TypeAlias = Counter[tuple[str, str, str]]
"""(source, group, name) → how many; groups are `totals` and those of faults, as truth.json has them."""
