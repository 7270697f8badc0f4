"""From how many sessions on a customer counts as engaged, in the window that is shown."""

from backbeat.build.windows import threshold
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.reader import Edition, Reader


def threshold_of(reader: Reader, edition: Edition | None, filters: Filters) -> int | None:
    """The reader's threshold, else the one in force over the window's days; None without a window."""
    if filters.threshold:
        return filters.threshold
    window = filters.window(reader.lake.config, edition.clock) if edition else None
    return threshold(reader.lake.config, window.days) if window else None
