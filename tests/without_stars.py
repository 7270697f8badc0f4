"""A third of the gold tables are other tables with numbers for keys, for Power BI: tests that look at none do without."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backbeat import content


@contextmanager
def without_stars() -> Iterator[None]:
    """Let `content.tables` give no star tables. What it is that tables share is asked anew, here and afterwards."""
    known = {name: table for name, table in content.tables().items() if not name.startswith("star_")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "tables", lambda: known)
        content.shared_relations.cache_clear()
        yield
    content.shared_relations.cache_clear()
