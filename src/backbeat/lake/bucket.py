"""A bucket as the filesystem that DuckDB and pyarrow read through: obstore's, spared most of the requests."""

from typing import Any

from obstore.fsspec import FsspecStore

from backbeat.lake.storage import asked_again

KEPT = 10_000


class BucketFiles(FsspecStore):
    """One for each scheme, such as `s3`. A path is spelled exactly, as in `Store`: none is a URL or a pattern.

    DuckDB asks a dozen times what a file is before it has read it. What it was told of files in the folders `lasting` is
    kept: a table's never change.
    """

    def __init__(self, scheme: Any, lasting: tuple[str, ...] = ()) -> None:
        super().__init__(scheme)
        self.lasting = lasting
        self._told: dict[str, dict[str, Any]] = {}

    def _split_path(self, path: str) -> tuple[str, str]:
        bucket, _, key = path.rpartition("://")[2].partition("/")
        return bucket, key

    async def _glob(self, path: str, **kwargs: Any) -> list[str]:
        return [path.rpartition("://")[2]] if await self._exists(path, **kwargs) else []

    async def _info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        if path in self._told:
            return self._told[path]
        found = await super()._info(path, **kwargs)
        if path.startswith(self.lasting) and found["type"] == "file":
            if len(self._told) >= KEPT:
                self._told.clear()
            self._told[path] = found
        return found

    @asked_again
    async def _ls(self, path: str, detail: Any = False, **kwargs: Any) -> Any:
        return await super()._ls(path, detail, **kwargs)
