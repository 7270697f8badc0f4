"""Metric files → numbers, for any window, threshold, slice and filter."""

from backbeat.measure.kpis import Kpis, kpis

__all__ = ["Kpis", "kpis"]
