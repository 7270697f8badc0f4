"""How good a model is for one country, device or plan at a time."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from backbeat import content
from backbeat.predict.frame import Frame, Reader
from backbeat.predict.measures import Measured, Outcome, roc_auc
from backbeat.predict.quality import Quality, intervals

LEAST = 50
"""Customers of a segment, below which chance says more than the model."""
GAP = 0.05


def segments(reader: Reader, frame: Frame, outcome: Outcome, seed: int) -> list[Quality]:
    """ROC AUC and the gap between foretold and true share of every segment that is large enough."""
    return [
        Quality(each.metric, name, each.value, each.low, each.high)
        for name, chosen in _segments(reader, frame)
        for each in _measured(outcome, chosen, seed)
    ]


def weak(found: list[Quality], overall: float) -> list[Quality]:
    """Where the model ranks surely worse than it does overall, or is surely off by more than a few points."""
    return [
        each
        for each in found
        if (each.metric == "roc_auc" and each.high < overall)
        or (each.metric == "calibration_gap" and abs(each.value) > GAP and not each.low <= 0 <= each.high)
    ]


def _segments(reader: Reader, frame: Frame) -> Iterator[tuple[str, np.ndarray]]:
    for slice_, sql in content.slices().items():
        found = reader.lake.arrow(content.with_relations(sql), **reader.values(frame.as_of))
        places = pc.index_in(frame.customers, found["customer_id"].combine_chunks())
        of_customer = found["slice_value"].combine_chunks().take(places).fill_null("unknown")
        for value in sorted(pc.unique(of_customer).to_pylist()):
            chosen = pc.equal(of_customer, pa.scalar(value, of_customer.type)).to_numpy(zero_copy_only=False)
            if chosen.sum() >= LEAST:
                yield f"{slice_} = {value}", chosen


def _measured(outcome: Outcome, chosen: np.ndarray, seed: int) -> list[Quality]:
    mine = Outcome(outcome.y[chosen], outcome.p[chosen], outcome.threshold)

    def measure(weights: np.ndarray) -> Measured:
        gap = weights @ (mine.p - mine.y) / weights.sum(axis=1)
        return {
            ("roc_auc", "all"): roc_auc(mine, weights),
            ("calibration_gap", "all"): gap,
        }

    return intervals(len(mine.y), seed, measure)
