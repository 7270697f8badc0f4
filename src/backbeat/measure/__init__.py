"""Metric files → numbers, for any window, threshold, slice and filter; and what changed since the one before."""

from backbeat.measure.compare import Comparison, compare
from backbeat.measure.kpis import Kpis, kpis
from backbeat.measure.split import Split, split

__all__ = ["Comparison", "Kpis", "Split", "compare", "kpis", "split"]
