"""Paths of files as they arrive below a folder: Auto Loader on Databricks, Spark's file stream elsewhere.

Paths, and not rows: a stream of rows fails where a file's columns are of other types than the one before, and what a
batch does with a file is the same whoever found it.
"""

import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

from backbeat.engines.spark_files import spark_uri
from backbeat.errors import StorageError, first_line

_SCHEMA = "path string, modificationTime timestamp, length bigint, content binary"
MOST_FILES = 2_000
"""Files that one batch of the stream may name."""


class UnsettledError(Exception):
    """Ends a batch so that the stream does not note it as done."""


@dataclass
class PathStream:
    """What a stream has delivered and nobody has settled. It holds a batch back until `settle`, so that what was not
    dealt with when the process died is delivered again.

    `root` is the folder, `checkpoint` where the stream keeps how far it is, `seconds` how often it looks.
    """

    session: Any
    root: str
    checkpoint: str
    seconds: float
    _query: Any = None
    _waiting: list[str] = field(default_factory=list)
    _moved: Condition = field(default_factory=Condition)
    _is_closed: bool = False

    def arrived(self) -> list[str]:
        """Paths below the root, once each, until they are settled. Begins the stream where none is running.

        Raises StorageError where the stream has failed; the next call begins another.
        """
        if self._query is None:
            self._begin()
        elif not self._query.isActive:
            failed, self._query = self._query.exception(), None
            why = first_line(failed) if failed else "somebody stopped it"
            raise StorageError(f"the stream of paths below {self.root} ended: {why}")
        with self._moved:
            return [*self._waiting]

    def settle(self) -> None:
        """All that has arrived is dealt with: the stream may go on."""
        with self._moved:
            self._waiting = []
            self._moved.notify_all()

    def close(self) -> None:
        """End the stream. What has arrived and is not settled will be delivered again."""
        with self._moved:
            self._is_closed = True
            self._moved.notify_all()
        if self._query is not None:
            with suppress(Exception):
                self._query.stop()
            self._query = None

    def _begin(self) -> None:
        # That a batch was not dealt with is how a stream ends here, and no news.
        logging.getLogger("py4j.clientserver").disabled = True
        self._is_closed, self._waiting = False, []
        paths = _reader(self.session).load(spark_uri(self.root)).select("path")
        writer = paths.writeStream.foreachBatch(self._on_batch).queryName("backbeat paths")
        writer = writer.option("checkpointLocation", spark_uri(self.checkpoint))
        self._query = writer.trigger(processingTime=f"{max(1, round(self.seconds * 1000))} milliseconds").start()

    def _on_batch(self, frame: Any, _: int) -> None:
        found = [_below(self.root, row.path) for row in frame.collect()]
        with self._moved:
            self._waiting = found
            self._moved.wait_for(lambda: not self._waiting or self._is_closed)
            if self._waiting:
                raise UnsettledError("the follower ends before it has dealt with these files")


def _reader(session: Any) -> Any:
    if "DATABRICKS_RUNTIME_VERSION" in os.environ:
        reader = session.readStream.format("cloudFiles").option("cloudFiles.format", "binaryFile")
        reader = reader.option("cloudFiles.allowOverwrites", "true")
        return reader.option("cloudFiles.maxFilesPerTrigger", str(MOST_FILES))
    reader = session.readStream.format("binaryFile").option("maxFilesPerTrigger", str(MOST_FILES))
    return reader.schema(_SCHEMA).option("recursiveFileLookup", "true")


def _below(root: str, path: str) -> str:
    """A path as Hadoop writes it (`file:/…`, `s3a://…`, `dbfs:/…`), seen from the root."""
    bare = (root.partition("://")[2] or os.path.normpath(root)).strip("/")
    _, is_below, found = path.partition(f"{bare}/")
    if not is_below:
        raise StorageError(f"the stream told of {path}, which is not below {root}")
    return found
