"""A whole run on Spark with raw and lake in a bucket: the same tables as DuckDB's on disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.bucket import served_bucket
from tests.conftest import World, touch
from tests.spark.command import begun, output_of
from tests.spark.parity import NOW, differences
from tests.spark.small import SPARK
from tests.spark.worlds import deliver

pytestmark = pytest.mark.s3a
PATIENCE = 1_200


@pytest.fixture
def bucket() -> Iterator[Any]:
    with served_bucket() as client:
        yield client


def test_a_run_in_a_bucket_gives_the_same_tables(tmp_path: Path, bucket: Any) -> None:
    here = World(tmp_path / "here", now=NOW)
    there = World(tmp_path / "there", now=NOW, raw="s3://company/raw", lake="s3://company/lake")
    deliver(here)
    for path in (path for path in here.raw.rglob("*") if path.is_file()):
        key = f"raw/{path.relative_to(here.raw)}"
        bucket.upload_file(str(path), "company", key)
        touch(path, bucket.head_object(Bucket="company", Key=key)["LastModified"])
    here.run(close=True)
    with begun(there, SPARK, "run", "--close") as run:
        output_of(run, PATIENCE)
    assert differences(here, there) == []
    assert [name for name, version in there.versions().items() if (version < 0) != (here.versions()[name] < 0)] == []
