"""Wrong SQL in a content file is named, whoever trips over it."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from tests.conftest import World

from backbeat import content
from backbeat.errors import UsageError

CACHED = [value for value in vars(content).values() if hasattr(value, "cache_clear")]


@pytest.fixture
def lakehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the content that a test may spoil."""
    root = tmp_path / "content" / "lakehouse"
    copytree(Path(content.__file__).parent / "lakehouse", root)
    monkeypatch.setattr(content, "_root", lambda: root)
    forget()
    yield root
    forget()


def forget() -> None:
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def small(world: World) -> World:
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01"))
    return world


WRONG = {
    "a column that is not there": ("select customer_id, nope as in_numerator from active_customers", "nope"),
    "no SQL": ("select from where", "can't be read"),
    "a value that nobody gives": ("select customer_id, :limit as in_numerator from active_customers", ":limit"),
}


@pytest.mark.parametrize(("sql", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_metric_is_named_by_kpis_and_by_a_run(small: World, lakehouse: Path, sql: str, said: str) -> None:
    small.run()
    (lakehouse / "metrics/paid_share.sql").write_text(sql)
    forget()
    for verb in (lambda: small.open().kpis(), small.run):
        with pytest.raises(UsageError, match=rf"^lakehouse/metrics/paid_share\.sql: .*{said}"):
            verb()


def test_a_wrong_table_is_named_at_the_first_run(small: World, lakehouse: Path) -> None:
    file = lakehouse / "gold/active_days.sql"
    file.write_text(file.read_text("utf-8").replace("visits", "visiting"))
    forget()
    with pytest.raises(UsageError, match=r"^lakehouse/gold/active_days\.sql: .*visiting"):
        small.run()
