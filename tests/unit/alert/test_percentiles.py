"""The percentiles of windows are numpy's, gaps or not."""

import numpy as np
import pytest

from backbeat.alert.simple import _percentiles


@pytest.mark.filterwarnings("ignore:All-NaN slice")
@pytest.mark.parametrize("windows", [1, 2, 5, 12])
@pytest.mark.parametrize("percentile", [0.0, 33.3, 50.0, 95.0, 99.9, 100.0])
def test_they_are_numpy_s(windows: int, percentile: float) -> None:
    random = np.random.default_rng(windows)
    rows = np.round(random.gamma(2, 30, (2000, windows)))
    rows[random.random(rows.shape) < 0.3] = np.nan
    found = _percentiles(np.sort(rows, axis=1), percentile)
    np.testing.assert_array_equal(found, np.nanpercentile(rows, percentile, axis=1))
