"""A table whose `fail` check finds bad rows keeps its last good version, and so do those below it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from tests.conftest import World, later

from backbeat import content
from backbeat.errors import CheckFailed

RANGE = "ranges: {sessions: [0, null]"


@pytest.fixture
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Content in which nobody may have two sessions a day, until it is undone."""
    root = tmp_path_factory.mktemp("content") / "lakehouse"
    copytree(Path(content.__file__).parent / "lakehouse", root)
    file = root / "gold/customer_day.yml"
    assert RANGE in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(RANGE, "ranges: {sessions: [0, 1]"), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "_root", lambda: root)
        content.tables.cache_clear()
        yield patch
    content.tables.cache_clear()


def test_what_failed_and_what_reads_it_stays_and_is_tried_again(world: World, strict: pytest.MonkeyPatch) -> None:
    world.customers("confidential")
    world.sessions(("s1", "confidential", "2025-07-01"))
    world.run()
    before = world.versions()
    world.sessions(
        ("s2", "confidential", "2025-07-02"),
        ("s3", "confidential", "2025-07-02"),
        path="sessions/2.parquet",
        at=later(1),
    )

    failed = r"gold\.customer_day keeps its last good version: .*sessions is between 0 and 1: 1 bad rows"
    for _ in range(2):
        with pytest.raises(CheckFailed, match=failed) as caught:
            world.run()
        assert "confidential" not in str(caught.value)
    after = world.versions()
    for table in ("gold.customer_day", "gold.kpis", "gold.kpi_summary", "gold.sessions_histogram"):
        assert after[table] == before[table], table
    assert world.column("gold.customer_day", "sessions") == [1]

    strict.undo()
    content.tables.cache_clear()
    world.run()
    assert world.column("gold.customer_day", "sessions") == [1, 2]
    assert world.failures() == []
